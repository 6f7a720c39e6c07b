"""The way of history with Microsoft's clients: a person makes table and rule, the app uploads, queries find the rows."""

ROWS = 20_000
COLUMNS = [("TimeGenerated", "dateTime"), ("Computer", "string"), ("Seq", "long")]


def walk(info: dict, person: object, app: object) -> None:
    """Everything that the set-up of history does, once."""
    from azure.mgmt.loganalytics import LogAnalyticsManagementClient
    from azure.mgmt.monitor import MonitorManagementClient
    from azure.monitor.ingestion import LogsIngestionClient
    from azure.monitor.query import LogsQueryClient

    workspace = info["workspaces"][0]
    _, _, subscription, _, group, _, _, _, name = workspace["resource_id"].split("/")
    arm = {"base_url": info["arm"], "credential_scopes": ["https://management.azure.com/.default"]}

    columns = [{"name": column, "type": kind} for column, kind in COLUMNS]
    schema = {"name": "SdkCheck_CL", "columns": columns}
    tables = LogAnalyticsManagementClient(person, subscription, **arm).tables
    wish = {"properties": {"plan": "Analytics", "schema": schema}}
    table = tables.begin_create_or_update(group, name, "SdkCheck_CL", wish).result()
    assert table.name == "SdkCheck_CL", table

    rules = MonitorManagementClient(person, subscription, **arm).data_collection_rules
    stream = {"columns": [{"name": column, "type": kind.lower()} for column, kind in COLUMNS]}
    flow = {
        "streams": ["Custom-SdkCheck"],
        "destinations": ["la"],
        "transformKql": "source",
        "outputStream": "Custom-SdkCheck_CL",
    }
    rule = {
        "location": "westeurope",
        "kind": "Direct",
        "properties": {
            "streamDeclarations": {"Custom-SdkCheck": stream},
            "destinations": {"logAnalytics": [{"workspaceResourceId": workspace["resource_id"], "name": "la"}]},
            "dataFlows": [flow],
        },
    }
    made = rules.create(group, "dcr-sdk-check", rule)

    client = LogsIngestionClient(
        endpoint=made.endpoints.logs_ingestion,
        credential=app,
        credential_scopes=["https://monitor.azure.com/.default"],
    )
    rows = [{"Computer": f"PC-{number:05}", "Seq": number} for number in range(ROWS)]
    client.upload(rule_id=made.immutable_id, stream_name="Custom-SdkCheck", logs=rows)

    logs = LogsQueryClient(app, endpoint=info["query"] + "/v1", audience="https://api.loganalytics.io")
    query = "SdkCheck_CL | summarize count(), count_distinct(Seq)"
    answer = logs.query_workspace(workspace["customer_id"], query, timespan=None)
    assert [list(row) for row in answer.tables[0].rows] == [[ROWS, ROWS]], answer.tables[0].rows

    rules.delete(group, "dcr-sdk-check")
    tables.begin_delete(group, name, "SdkCheck_CL").result()
