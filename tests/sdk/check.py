"""Microsoft's own Python clients, unchanged, against `asw lab --tls`.

The lab is the only stand-in in this project. What Microsoft's clients accept of it and expect from it is checked here:
token, wrong secret, subscriptions, workspaces, permissions, a tagged saved search written, read and deleted, a query;
a person's sign-in with a code and in a browser, a table, a rule of kind Direct, 20,000 rows up and found.

    python3 -m venv sdk && sdk/bin/pip install -r tests/sdk/requirements.txt
    sdk/bin/python tests/sdk/check.py target/debug/asw
"""

import datetime
import json
import os
import subprocess
import sys

import history
import person


def main(asw: str) -> None:
    lab = subprocess.Popen(
        [asw, "--json", "lab", "--tls", "--devices", "200", "--collections", "10"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        info = json.loads(lab.stdout.readline())
        # The clients verify the lab's certificates against the root that it made for this run.
        os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = info["ca_file"]
        check(info)
    finally:
        lab.stdin.close()
        assert lab.wait(timeout=30) == 0, "the lab did not end cleanly"
    print("Microsoft's clients and the lab agree.")


def check(info: dict) -> None:
    from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
    from azure.identity import ClientSecretCredential
    from azure.mgmt.authorization import AuthorizationManagementClient
    from azure.mgmt.loganalytics import LogAnalyticsManagementClient
    from azure.mgmt.loganalytics import models
    from azure.mgmt.resource.subscriptions import SubscriptionClient
    from azure.monitor.query import LogsQueryClient

    scope = "https://management.azure.com/.default"
    apps = {app["label"]: app for app in info["apps"]}
    arm = {"base_url": info["arm"], "credential_scopes": [scope]}
    workspace = info["workspaces"][0]
    _, _, subscription, _, group, _, _, _, name = workspace["resource_id"].split("/")

    def credential(label: str, secret: str | None = None) -> ClientSecretCredential:
        app = apps[label]
        return ClientSecretCredential(
            info["tenant"]["id"],
            app["client_id"],
            secret or app["secret"],
            authority=info["authority"],
            disable_instance_discovery=True,  # the public cloud need not know this authority
        )

    def refused(label: str, code: str, secret: str | None = None) -> None:
        try:
            credential(label, secret).get_token(scope)
        except ClientAuthenticationError as error:
            assert code in error.message, error.message
        else:
            raise AssertionError(f"{label} was let in")

    def step(what: str) -> None:
        print("ok:", what)

    assert credential("ready").get_token(scope).token.count(".") == 2
    step("token")
    refused("ready", "AADSTS7000215", "not-the-secret")
    refused("expired-secret", "AADSTS7000222")
    refused("disabled-app", "AADSTS7000112")
    step("wrong, expired and disabled are refused as Entra refuses them")

    app = credential("workspace-contributor")
    found = [each.subscription_id for each in SubscriptionClient(app, **arm).subscriptions.list()]
    assert subscription in found, found
    step("subscriptions")

    owner = LogAnalyticsManagementClient(credential("owner"), subscription, **arm)
    customers = {each.name: each.customer_id for each in owner.workspaces.list()}
    assert customers[name] == workspace["customer_id"], customers
    logs = LogAnalyticsManagementClient(app, subscription, **arm)
    assert logs.workspaces.get(group, name).customer_id == workspace["customer_id"]
    step("workspaces")

    permissions = AuthorizationManagementClient(app, subscription, **arm).permissions
    roles = list(permissions.list_for_resource(group, "Microsoft.OperationalInsights", "", "workspaces", name))
    assert any("*" in role.actions and "Microsoft.Authorization/*/Delete" in role.not_actions for role in roles), roles
    step("permissions")

    fields = {
        "category": "Check",
        "display_name": "Check",
        "query": 'datatable(Computer:string)["PC1","PC2","PC1"] | distinct Computer',
        "function_alias": "SdkCheck",
        "version": 2,
        "tags": [models.Tag(name="Group", value="Computer")],
    }
    # Newer clients take the properties in an object of their own.
    nested = getattr(models, "SavedSearchProperties", None)
    search = models.SavedSearch(properties=nested(**fields)) if nested else models.SavedSearch(**fields)
    logs.saved_searches.create_or_update(group, name, "sdk-check", search)
    try:
        logs.saved_searches.create_or_update(group, name, "sdk-check", search)
    except (ResourceExistsError, HttpResponseError) as error:
        assert error.status_code == 409, error
    else:
        raise AssertionError("a second write without an etag went through")
    search.etag = "*"
    logs.saved_searches.create_or_update(group, name, "sdk-check", search)
    read = logs.saved_searches.get(group, name, "sdk-check").as_dict()
    properties = read.get("properties", read)
    assert {"name": "Group", "value": "Computer"} in properties["tags"], read
    listed = [each.name for each in logs.saved_searches.list_by_workspace(group, name).value]
    assert "sdk-check" in listed, listed
    step("tagged saved search: written, conflict without etag, overwritten, read, listed")

    client = LogsQueryClient(app, endpoint=info["query"] + "/v1", audience="https://api.loganalytics.io")
    answer = client.query_workspace(workspace["customer_id"], "SdkCheck | order by Computer asc", timespan=datetime.timedelta(hours=1))
    assert [list(row) for row in answer.tables[0].rows] == [["PC1"], ["PC2"]], answer.tables[0].rows
    try:
        client.query_workspace(workspace["customer_id"], "SdkCheck | nonsense", timespan=None)
    except HttpResponseError as error:
        assert "SyntaxError" in str(error), error
    else:
        raise AssertionError("nonsense was answered")
    step("query, and a refused one")

    logs.saved_searches.delete(group, name, "sdk-check")
    try:
        logs.saved_searches.get(group, name, "sdk-check")
    except ResourceNotFoundError:
        step("deleted")
    else:
        raise AssertionError("what was deleted is still there")

    owner_herself = person.sign_in(info)
    step("a person signed in, with a code and in a browser")
    history.walk(info, owner_herself, credential("ready"))
    step("table, Direct rule, 20,000 rows up, found by a query, all deleted")


if __name__ == "__main__":
    main(sys.argv[1])
