//! Which handler answers which method at which target.

use http::Method;

use super::Call;
use super::error::ArmError;
use super::path::Target;
use crate::lab::http::Response;

impl Call<'_> {
    /// Answers a request whose gates are passed.
    pub(super) fn dispatch(&mut self, target: &Target) -> Result<Response, ArmError> {
        match (&self.request.method, target) {
            (&Method::GET, Target::Subscriptions) => self.list_subscriptions(),
            (&Method::GET, Target::Subscription(id)) => self.get_subscription(id),
            (&Method::GET, Target::ResourceGroups(id)) => self.list_groups(id),
            (&Method::GET, Target::ResourceGroup(id, name)) => self.get_group(id, name),
            (&Method::GET, Target::Resources(id)) => self.list_resources(id),
            (&Method::GET, Target::Workspaces(id, group)) => self.list_workspaces(id, group.as_deref()),
            (&Method::GET, Target::Workspace(name)) => self.get_workspace(name),
            (&Method::GET, Target::Permissions(scope)) => self.permissions(scope),
            (&Method::POST, Target::ResourceGraph) => self.resource_graph(),
            (&Method::GET, Target::SavedSearches(name)) => self.list_saved_searches(name),
            (&Method::GET, Target::SavedSearch(name, id)) => self.get_saved_search(name, id),
            (&Method::PUT, Target::SavedSearch(name, id)) => self.put_saved_search(name, id),
            (&Method::DELETE, Target::SavedSearch(name, id)) => self.delete_saved_search(name, id),
            (_, Target::Tables(_) | Target::Table(..) | Target::TableOperation(..) | Target::OperationStatus(..)) => {
                self.dispatch_tables(target)
            }
            (_, Target::Rules(..) | Target::Rule(_) | Target::Endpoints(..) | Target::Endpoint(_)) => {
                self.dispatch_collection(target)
            }
            _ => self.dispatch_management(target),
        }
    }

    fn dispatch_tables(&mut self, target: &Target) -> Result<Response, ArmError> {
        match (&self.request.method, target) {
            (&Method::GET, Target::Tables(name)) => self.list_tables(name),
            (&Method::GET, Target::Table(name, table)) => self.get_table(name, table),
            (&Method::PUT, Target::Table(name, table)) => self.put_table(name, table),
            (&Method::DELETE, Target::Table(name, table)) => self.delete_table(name, table),
            (&Method::GET, Target::TableOperation(name, table, id)) => self.table_operation(name, table, id),
            (&Method::GET, Target::OperationStatus(subscription, _, id)) => self.operation_status(subscription, id),
            (method, _) => Err(ArmError::method(method)),
        }
    }

    fn dispatch_collection(&mut self, target: &Target) -> Result<Response, ArmError> {
        match (&self.request.method, target) {
            (&Method::GET, Target::Rules(id, group)) => self.list_rules(id, group.as_deref()),
            (&Method::GET, Target::Rule(name)) => self.get_rule(name),
            (&Method::PUT, Target::Rule(name)) => self.put_rule(name),
            (&Method::DELETE, Target::Rule(name)) => self.delete_rule(name),
            (&Method::GET, Target::Endpoints(id, group)) => self.list_endpoints(id, group.as_deref()),
            (&Method::GET, Target::Endpoint(name)) => self.get_endpoint(name),
            (&Method::PUT, Target::Endpoint(name)) => self.put_endpoint(name),
            (&Method::DELETE, Target::Endpoint(name)) => self.delete_endpoint(name),
            (method, _) => Err(ArmError::method(method)),
        }
    }

    fn dispatch_management(&mut self, target: &Target) -> Result<Response, ArmError> {
        match (&self.request.method, target) {
            (&Method::GET, Target::Provider(id, namespace)) => self.get_provider(id, namespace),
            (&Method::POST, Target::RegisterProvider(id, namespace)) => self.register_provider(id, namespace),
            (&Method::GET, Target::RoleAssignments(scope)) => self.list_role_assignments(scope),
            (&Method::GET, Target::RoleAssignment(scope, name)) => self.get_role_assignment(scope, name),
            (&Method::PUT, Target::RoleAssignment(scope, name)) => self.put_role_assignment(scope, name),
            (&Method::DELETE, Target::RoleAssignment(scope, name)) => self.delete_role_assignment(scope, name),
            (&Method::GET, Target::RoleDefinitions(scope)) => self.list_role_definitions(scope.as_ref()),
            (&Method::GET, Target::RoleDefinition(scope, id)) => self.get_role_definition(scope.as_ref(), id),
            (&Method::GET, Target::Deployment(scope, name)) => self.get_deployment(scope, name),
            (&Method::PUT, Target::Deployment(scope, name)) => self.put_deployment(scope, name),
            (&Method::POST, Target::ValidateDeployment(scope, name)) => self.validate_deployment(scope, name),
            (&Method::GET, Target::DeploymentStatus(scope, name)) => self.deployment_status(scope, name),
            (&Method::GET, Target::DeploymentOperations(scope, name)) => self.deployment_operations(scope, name),
            (method, _) => Err(ArmError::method(method)),
        }
    }
}
