"""Microsoft's own Python clients, unchanged, against `asw lab --tls`.

The lab is the only stand-in in this project. What Microsoft's clients accept of it and expect from it is checked here:
token, wrong secret, subscriptions, workspaces, permissions, a tagged saved search written, read and deleted, a query; then
what history stands on: a table, a data collection rule of the kind Direct, 20,000 rows uploaded and found again, all deleted.

    python3 -m venv sdk && sdk/bin/pip install -r tests/sdk/requirements.txt
    sdk/bin/python tests/sdk/check.py target/debug/asw
"""

import datetime
import json
import os
import subprocess
import sys


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

    history(info, workspace, credential("ready"), arm, step)


ROWS = 20_000
TABLE = "SdkCheck_CL"
COLUMNS = {"TimeGenerated": "datetime", "Computer": "string", "Seq": "long"}


def history(info: dict, workspace: dict, app, arm: dict, step) -> None:
    from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
    from azure.mgmt.loganalytics import LogAnalyticsManagementClient
    from azure.mgmt.monitor import MonitorManagementClient
    from azure.monitor.ingestion import LogsIngestionClient
    from azure.monitor.query import LogsQueryClient

    _, _, subscription, _, group, _, _, _, name = workspace["resource_id"].split("/")
    logs = LogAnalyticsManagementClient(app, subscription, **arm)
    rules = MonitorManagementClient(app, subscription, **arm).data_collection_rules

    columns = [{"name": column, "type": kind.replace("datetime", "dateTime")} for column, kind in COLUMNS.items()]
    schema = {"properties": {"plan": "Analytics", "schema": {"name": TABLE, "columns": columns}}}
    table = logs.tables.begin_create_or_update(group, name, TABLE, schema).result().as_dict()
    properties = table.get("properties", table)
    assert properties.get("provisioningState", properties.get("provisioning_state")) == "Succeeded", table
    step("table, waited for")

    body = {
        "location": logs.workspaces.get(group, name).location,
        "kind": "Direct",
        "properties": {
            "streamDeclarations": {
                "Custom-SdkCheck": {"columns": [{"name": column, "type": kind} for column, kind in COLUMNS.items()]}
            },
            "destinations": {"logAnalytics": [{"workspaceResourceId": workspace["resource_id"], "name": "la"}]},
            "dataFlows": [
                {
                    "streams": ["Custom-SdkCheck"],
                    "destinations": ["la"],
                    "transformKql": "source",
                    "outputStream": f"Custom-{TABLE}",
                }
            ],
        },
    }
    rule = rules.create(group, "dcr-sdk-check", body)
    assert rule.immutable_id.startswith("dcr-") and rule.endpoints.logs_ingestion, rule
    step("data collection rule with an address of its own")

    scopes = ["https://monitor.azure.com/.default"]
    client = LogsIngestionClient(rule.endpoints.logs_ingestion, app, credential_scopes=scopes)
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    rows = [{"TimeGenerated": now, "Computer": f"PC{at:05}.corp.example", "Seq": at} for at in range(ROWS)]
    client.upload(rule.immutable_id, "Custom-SdkCheck", rows)
    try:
        client.upload(rule.immutable_id, "Custom-Nonsense", rows[:1])
    except HttpResponseError as error:
        assert error.status_code == 400, error
    else:
        raise AssertionError("a stream that is not declared was taken")
    step(f"{ROWS} rows uploaded")

    query = LogsQueryClient(app, endpoint=info["query"] + "/v1", audience="https://api.loganalytics.io")
    text = f"{TABLE} | summarize Rows = count(), Last = max(Seq)"
    answer = query.query_workspace(workspace["customer_id"], text, timespan=datetime.timedelta(hours=1))
    assert list(answer.tables[0].rows[0]) == [ROWS, ROWS - 1], answer.tables[0].rows
    step("and found again")

    rules.delete(group, "dcr-sdk-check")
    logs.tables.begin_delete(group, name, TABLE).result()
    for gone in (lambda: rules.get(group, "dcr-sdk-check"), lambda: logs.tables.get(group, name, TABLE)):
        try:
            gone()
        except ResourceNotFoundError:
            continue
        raise AssertionError("what was deleted is still there")
    step("rule and table deleted")


if __name__ == "__main__":
    main(sys.argv[1])
