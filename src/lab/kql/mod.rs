//! The documented subset of the Kusto Query Language (KQL) that the lab executes over the rows and functions of one
//! workspace. It knows nothing but [`Source`]: no HTTP, no Azure. What it does not know, it refuses with the word, the
//! line and the column; it never makes up an answer.
//!
//! # What is understood
//!
//! | subject | understood |
//! | --- | --- |
//! | statements | `let name = …;` for values and tables, `let name = [view] () { … };`, one tabular statement at the end; `//` comments |
//! | sources | table, function `f` and `f()`, `let` name, `( … )`, `datatable(name:type, …)[…]`, `print`, `range … from … to … step`, `union` |
//! | operators | `where` `filter`, `extend`, `project`, `project-away`, `project-keep`, `project-rename`, `distinct`, `summarize … by`, `count`, `take` `limit`, `top … by`, `sort by` `order by` (`asc`, `desc`, `nulls first`, `nulls last`), `join kind=… on`, `union kind= withsource= isfuzzy=`, `serialize` |
//! | kinds of join | `innerunique` (the default), `inner`, `leftouter`, `rightouter`, `fullouter`, `leftanti`, `rightanti`, `leftsemi`, `rightsemi` |
//! | aggregates | `count` `countif` `dcount` `count_distinct` `sum` `avg` `min` `max` `take_any` `any` `arg_max` `arg_min` `make_set` `make_list`, and expressions over them |
//! | literals | strings `"…"` `'…'` `@"…"` `@'…'` <code>```…```</code> `h"…"`, numbers, `1d` `3h` `30m` `10s` `100ms` `1microsecond` `1tick`, `datetime(…)` `time(…)` `timespan(…)` `bool(…)` `int(…)` `long(…)` `real(…)` `guid(…)`, `dynamic(…)`, `T(null)` |
//! | tests | `==` `!=` `<>` `<` `<=` `>` `>=` `=~` `!~` `has` `hasprefix` `hassuffix` `contains` `startswith` `endswith` (with `!` and `_cs`), `in` `in~` `!in` `!in~` over lists, tables and dynamic arrays, `between`, `and` `or` `not()` |
//! | arithmetic | `+ - * / %` on numbers, `datetime` and `timespan`; `.name` and `[index]` on `dynamic` |
//! | functions | `now` `ago` `toscalar` `materialize` `bin` `floor` `startofday` `datetime_diff` `datetime_add` `format_datetime` `iff` `iif` `case` `coalesce` `isempty` `isnotempty` `isnull` `isnotnull` `tolower` `toupper` `strlen` `strcat` `substring` `split` `tostring` `tolong` `toint` `todouble` `toreal` `tobool` `toboolean` `todatetime` `totimespan` `toguid` `todynamic` `parse_json` `array_length` `pack_array` `abs` |
//!
//! # What differs from Azure, on purpose
//!
//! * Functions with parameters, wildcards for tables, regular expressions, `decimal`, hints and every other operator and
//!   function are refused.
//! * `dcount()` counts exactly, `take_any()`, `take` and `innerunique` choose the first row; Azure may choose others.
//! * An answer of more than 500,000 rows is refused; Azure cuts it there and adds an error of code `PartialError`.
//! * A table on the way to the answer has at most 2,000,000 rows; parentheses are nested at most 40 deep.
//! * The caller's time range has both its ends inside.
//! * `sort by`, `distinct`, `summarize` and `union` keep the order of rows where Azure promises none.
//!
//! # Where to start reading
//!
//! [`run`] parses (`lexer`, `literals`, `parser`, into the tree of `ast`) and executes (`execute`: names, functions and
//! the way through the operators). Expressions are bound to types (`bind`) and evaluated row by row (`eval`, with the
//! tables of `functions` and `aggregates`). Operators: `sources`, `operators`, `summarize`, `joins`, `unions`. Columns
//! without a name get it in `names`. What values mean is in `values`, how they are written in `text`.

mod aggregates;
mod ast;
mod bind;
mod eval;
mod execute;
mod functions;
mod joins;
mod lexer;
mod literals;
mod names;
mod operators;
mod parser;
mod sources;
mod summarize;
#[cfg(test)]
mod testing;
mod text;
mod unions;
mod values;

pub use text::{cell_to_json, to_json};

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// The scalar types of Kusto that the lab knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `string`
    String,
    /// `int`
    Int,
    /// `long`
    Long,
    /// `real`
    Real,
    /// `bool`
    Bool,
    /// `datetime`
    DateTime,
    /// `timespan`
    TimeSpan,
    /// `guid`
    Guid,
    /// `dynamic`
    Dynamic,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name, as declared.
    pub name: String,
    /// The type of every cell that is not null.
    pub kind: ColumnType,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value (strings are never null: they are empty).
    Null,
    /// `string`, and `guid` in its text form.
    String(String),
    /// `int` and `long`.
    Long(i64),
    /// `real`.
    Real(f64),
    /// `bool`.
    Bool(bool),
    /// `datetime`.
    DateTime(DateTime<Utc>),
    /// `timespan`.
    TimeSpan(chrono::TimeDelta),
    /// `dynamic`.
    Dynamic(serde_json::Value),
}

/// A table: what a workspace stores and what a query answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<Value>>,
}

/// Where names in a query are looked up: one workspace.
pub trait Source {
    /// A stored table by name (case-sensitive, as in Kusto).
    fn table(&self, name: &str) -> Option<Arc<Table>>;
    /// The text of a stored function by alias (case-sensitive).
    fn function(&self, alias: &str) -> Option<Arc<str>>;
}

/// The moment of a query, and the caller's time range, which also applies inside functions.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// What `now()` answers.
    pub now: DateTime<Utc>,
    /// Rows of stored tables whose `TimeGenerated` is outside are not seen.
    pub timespan: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Why a query was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryError {
    /// The text is not in the subset that the lab reads.
    Syntax {
        /// What is wrong, with the word that was not understood.
        message: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The text reads well but means nothing here: an unknown name, a wrong type.
    Semantic {
        /// What is wrong.
        message: String,
    },
}

/// The most rows of an answer, as for Azure's query endpoint.
pub const MAX_ANSWER_ROWS: usize = 500_000;

/// Runs a query over the tables and functions of a source, within a scope.
///
/// # Errors
/// [`QueryError::Syntax`] where the text is not in the subset, [`QueryError::Semantic`] where it names something that is
/// not there, mixes types, lets a function call itself, or answers more than [`MAX_ANSWER_ROWS`] rows.
pub fn run(text: &str, source: &dyn Source, scope: &Scope) -> Result<Table, QueryError> {
    let table = execute::Executor::new(source, scope).run(text)?;
    if table.rows.len() > MAX_ANSWER_ROWS {
        let count = table.rows.len();
        return Err(QueryError::Semantic {
            message: format!(
                "the answer has {count} rows, more than {MAX_ANSWER_ROWS}; narrow it with 'take' or 'where'"
            ),
        });
    }
    Ok(Arc::unwrap_or_clone(table))
}

#[cfg(test)]
mod tests {
    use super::testing::{Workspace, answer, refused};

    /// A name as a group's text carries it.
    fn literal(name: &str) -> String {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }

    fn group(names: &[&str]) -> String {
        let members: Vec<String> = names.iter().map(|name| literal(name)).collect();
        format!(
            "// All Servers (PS100016), site PS1, as of 2024-06-01T11:00:00Z, {} members\n\
             datatable(Computer:string)[\n{}\n] | distinct Computer",
            names.len(),
            members.join(",\n")
        )
    }

    #[test]
    fn a_group_carries_its_members_and_ignores_the_time_range() {
        let workspace = Workspace::new()
            .function("ConfigMgr_PS1_PS100016", &group(&["PC-1", "PC-2", "PC-1"]))
            .function("ConfigMgr_PS1_SMS00001", &group(&[]))
            .table(
                "Heartbeat",
                "datatable(TimeGenerated:datetime, Computer:string)[datetime(2024-06-01 10:00), 'pc-2', datetime(2024-06-01 11:00), 'PC-3']",
            );
        let today = workspace.within("2024-06-01", "2024-06-02");
        assert_eq!(today.answer("ConfigMgr_PS1_PS100016"), "Computer\nPC-1\nPC-2");
        assert_eq!(today.answer("ConfigMgr_PS1_SMS00001()"), "Computer");
        let heartbeats = |test: &str| today.answer(&format!("Heartbeat | where Computer {test} | project Computer"));
        assert_eq!(heartbeats("in~ (ConfigMgr_PS1_PS100016)"), "Computer\npc-2");
        assert_eq!(heartbeats("in (ConfigMgr_PS1_PS100016)"), "Computer");
        assert_eq!(
            heartbeats("!in~ ((ConfigMgr_PS1_PS100016 | project Computer))"),
            "Computer\nPC-3"
        );
        assert_eq!(heartbeats("in~ (ConfigMgr_PS1_SMS00001())"), "Computer");
    }

    #[test]
    fn a_long_group_is_the_union_of_its_parts() {
        let parts = Workspace::new()
            .function("Part1", &group(&["A", "B"]))
            .function("Part2", &group(&["B", "C"]));
        let text = "// as of 2024-06-01T11:00:00Z\nunion (Part1()), Part2 | distinct Computer";
        let workspace = parts.function("Group", text);
        assert_eq!(workspace.answer("Group"), "Computer\nA\nB\nC");
        assert_eq!(
            workspace.answer("Group | summarize dcount(Computer)"),
            "dcount_Computer\n3"
        );
    }

    #[test]
    fn names_of_every_kind_come_back_as_they_were() {
        let names = [
            "O'Brien \"x\"",
            "back\\slash\\",
            "日本-01",
            "Zürich\u{a0}é",
            "tab\u{9}",
            "a,b];//c",
            "```",
            "@\"",
            "{}",
        ];
        let answered = answer(&group(&names));
        let lines: Vec<&str> = answered.lines().skip(1).collect();
        assert_eq!(lines, names);
        for name in names.iter().filter(|name| !name.contains('\\')) {
            let doubled = name.replace('"', "\"\"");
            assert_eq!(answer(&format!("print x = @\"{doubled}\"")), format!("x\n{name}"));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_comes_back(name in "\\PC*") {
            let escaped = answer(&format!("datatable(Computer:string)[{}]", literal(&name)));
            proptest::prop_assert_eq!(escaped, format!("Computer\n{name}"));
        }

        #[test]
        fn no_text_makes_the_engine_panic(text in "\\PC{0,80}", words in proptest::collection::vec(0..WORDS.len(), 0..40)) {
            let soup: Vec<&str> = words.iter().filter_map(|word| WORDS.get(*word).copied()).collect();
            let workspace = Workspace::new().function("T", "datatable(a:long, s:string, t:datetime)[1,'x',datetime(2024-01-01)]");
            let _ = workspace.run(&text);
            let _ = workspace.run(&soup.join(" "));
            let _ = workspace.run(&format!("T | extend x = {}", soup.join(" ")));
        }
    }

    const WORDS: [&str; 61] = [
        "T",
        "|",
        "where",
        "extend",
        "project",
        "summarize",
        "by",
        "join",
        "on",
        "union",
        "(",
        ")",
        "[",
        "]",
        ",",
        "=",
        "==",
        "+",
        "-",
        "*",
        "/",
        "%",
        "a",
        "s",
        "t",
        "x",
        "1",
        "0",
        "9223372036854775807",
        "1.5",
        "'x'",
        "1d",
        "0.5s",
        "datetime(9999-12-31)",
        "datetime(0001-01-01)",
        "timespan(9999999.00:00:00)",
        "long(null)",
        "dynamic([1])",
        "in",
        "has",
        "between",
        "..",
        "and",
        "or",
        "not(",
        "count()",
        "sum(a)",
        "arg_max(a, *)",
        "bin(",
        "iff(",
        "datetime_add('year', 9999999,",
        "substring(s, -9223372036854775807,",
        "tostring(",
        "top",
        "sort by",
        "desc",
        "let",
        ";",
        "print",
        "range x from 1 to 3 step 1",
        "distinct *",
    ];

    const HISTORY: &str = r#"let con="one"; let col="PS100016"; let back=30d;
let marks = ConfigMgrCollectionMember_CL
| where TimeGenerated > ago(back) and ConnectionId == con and CollectionId == col and RowKind == "snapshot"
| summarize arg_max(Generation, Rows, Removed, ConfirmedGen) by SyncId;
let base = toscalar(marks | summarize max(ConfirmedGen));
let cand = marks | where Generation >= coalesce(base, 0);
let seen = materialize(ConfigMgrCollectionMember_CL
| where TimeGenerated > ago(back) and ConnectionId == con and CollectionId == col and RowKind == "member"
| where SyncId in ((cand | project SyncId))
| summarize Computer = take_any(Computer) by SyncId, Seq);
let whole = cand
| join kind=leftouter (seen | summarize Have = count() by SyncId) on SyncId
| where Rows == coalesce(Have, 0)
| top 1 by Generation desc | where not(Removed) | project SyncId;
seen | where SyncId in (whole) | distinct Computer"#;

    /// A workspace with the rows of a history, each as the cells of a datatable.
    fn history(rows: &[&str]) -> Workspace {
        let columns = "TimeGenerated:datetime, ConnectionId:string, CollectionId:string, SyncId:string, RowKind:string, \
            Generation:long, Rows:long, ConfirmedGen:long, Removed:bool, Seq:long, Computer:string";
        let rows = rows.join(",\n");
        let table = format!("datatable({columns})[{rows}]");
        Workspace::new().table("ConfigMgrCollectionMember_CL", &table)
    }

    fn marker(sync: &str, generation: i64, rows: i64, confirmed: i64, removed: bool) -> String {
        format!(
            "datetime(2024-05-31), 'one', 'PS100016', '{sync}', 'snapshot', {generation}, {rows}, {confirmed}, \
             {removed}, long(null), ''"
        )
    }

    fn member(sync: &str, seq: i64, computer: &str) -> String {
        format!(
            "datetime(2024-05-31), 'one', 'PS100016', '{sync}', 'member', long(null), long(null), long(null), \
             bool(null), {seq}, '{computer}'"
        )
    }

    fn members_of(rows: &[String]) -> String {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        history(&rows).answer(HISTORY).replace('\n', " ")
    }

    #[test]
    fn the_history_query_takes_the_newest_whole_snapshot() {
        let old = [marker("s1", 1, 2, 0, false), member("s1", 0, "A"), member("s1", 1, "B")];
        assert_eq!(members_of(&old), "Computer A B");
        let whole = [
            marker("s2", 2, 2, 1, false),
            member("s2", 1, "C"),
            member("s2", 0, "A"),
            member("s2", 1, "C"),
        ];
        assert_eq!(members_of(&[old.as_slice(), &whole].concat()), "Computer C A");
        let lost_a_row = [marker("s2", 2, 2, 1, false), member("s2", 1, "C")];
        assert_eq!(members_of(&[old.as_slice(), &lost_a_row].concat()), "Computer A B");
        let without_marker = [member("s3", 0, "X")];
        assert_eq!(members_of(&[old.as_slice(), &without_marker].concat()), "Computer A B");
        let emptied = [marker("s2", 2, 0, 1, false)];
        assert_eq!(members_of(&[old.as_slice(), &emptied].concat()), "Computer");
        let removed = [marker("s2", 2, 2, 1, true), member("s2", 0, "A"), member("s2", 1, "B")];
        assert_eq!(members_of(&[old.as_slice(), &removed].concat()), "Computer");
        let below_confirmed = [
            marker("s0", 0, 1, 0, false),
            member("s0", 0, "ancient"),
            marker("s9", 9, 3, 9, false),
        ];
        assert_eq!(members_of(&below_confirmed), "Computer");
        assert_eq!(members_of(&[member("s1", 0, "A")]), "Computer");
    }

    const COMPUTER_GROUP: &str = r#"// Device collections of Configuration Manager as computer groups, from the rows of history.
let back = 30d;
let marks = ConfigMgrCollectionMember_CL
| where TimeGenerated > ago(back) and RowKind == "snapshot"
| summarize arg_max(Generation, TimeGenerated, Rows, Removed, CollectionName, CollectionPath, Site), Confirmed = max(ConfirmedGen) by ConnectionId, CollectionId, SyncId;
let base = marks
| summarize Base = max(Confirmed) by ConnectionId, CollectionId;
let candidates = marks
| join kind=leftouter base on ConnectionId, CollectionId
| where Generation >= coalesce(Base, 0)
| project ConnectionId, CollectionId, SyncId, Generation, TimeGenerated, Rows, Removed, CollectionName, CollectionPath, Site;
let seen = materialize(ConfigMgrCollectionMember_CL
| where TimeGenerated > ago(back) and RowKind == "member"
| where SyncId in ((candidates | project SyncId))
| summarize Computer = take_any(Computer) by SyncId, Seq);
let whole = candidates
| join kind=leftouter (seen | summarize Have = count() by SyncId) on SyncId
| where Rows == coalesce(Have, 0)
| summarize arg_max(Generation, SyncId, TimeGenerated, Removed, CollectionName, CollectionPath, Site) by ConnectionId, CollectionId
| where not(coalesce(Removed, false));
seen
| join kind=inner whole on SyncId
| project TimeGenerated, Computer, Group = CollectionName, GroupFullName = strcat("SCCM\\", Site, "\\", CollectionName), GroupSource = "SCCM", GroupSourceName = Site, GroupId = CollectionId
| distinct TimeGenerated, Computer, Group, GroupFullName, GroupSource, GroupSourceName, GroupId"#;

    /// All collections at once, two connections side by side, in the columns of the old table.
    #[test]
    fn the_function_of_all_collections_takes_the_newest_whole_snapshot_of_each() {
        let row = |con: &str, col: &str, sync: &str, kind: &str, numbers: &str, removed: &str, computer: &str| {
            format!(
                "datetime(2024-05-31), '{con}', 'PS1', '{col}', '{sync}', '{kind}', {numbers}, {removed}, '{col} name', \
                 'Root', '{computer}'"
            )
        };
        let marker = |con: &str, col: &str, sync: &str, numbers: &str, removed: &str| {
            row(
                con,
                col,
                sync,
                "snapshot",
                &format!("{numbers}, long(null)"),
                removed,
                "",
            )
        };
        let member = |con: &str, col: &str, sync: &str, seq: u8, computer: &str| {
            let numbers = format!("long(null), long(null), long(null), {seq}");
            row(con, col, sync, "member", &numbers, "bool(null)", computer)
        };
        let rows = [
            marker("one", "C1", "s1", "1, 1, 0", "false"),
            member("one", "C1", "s1", 0, "OLD"),
            marker("one", "C1", "s2", "2, 2, 1", "false"),
            member("one", "C1", "s2", 0, "A"),
            member("one", "C1", "s2", 1, "B"),
            member("one", "C1", "s2", 1, "B"),
            marker("one", "C1", "s3", "3, 9, 1", "false"),
            marker("one", "C2", "s4", "1, 1, 0", "true"),
            member("one", "C2", "s4", 0, "GONE"),
            marker("two", "C1", "s5", "1, 1, 0", "false"),
            member("two", "C1", "s5", 0, "C"),
        ];
        let columns = "TimeGenerated:datetime, ConnectionId:string, Site:string, CollectionId:string, SyncId:string, \
            RowKind:string, Generation:long, Rows:long, ConfirmedGen:long, Seq:long, Removed:bool, \
            CollectionName:string, CollectionPath:string, Computer:string";
        let table = format!("datatable({columns})[{}]", rows.join(",\n"));
        let workspace = Workspace::new()
            .table("ConfigMgrCollectionMember_CL", &table)
            .function("ConfigMgrComputerGroup", COMPUTER_GROUP);
        let query = "ConfigMgrComputerGroup | sort by Computer asc | project Computer, Group, GroupFullName, GroupId";
        assert_eq!(
            workspace.answer(query),
            "Computer|Group|GroupFullName|GroupId\n\
             A|C1 name|SCCM\\PS1\\C1 name|C1\n\
             B|C1 name|SCCM\\PS1\\C1 name|C1\n\
             C|C1 name|SCCM\\PS1\\C1 name|C1"
        );
        let joined = "datatable(Computer:string)['a', 'GONE'] | where Computer in~ ((ConfigMgrComputerGroup | project Computer))";
        assert_eq!(workspace.answer(joined), "Computer\na");
    }

    #[test]
    fn the_history_query_answers_nothing_in_a_time_range_without_its_rows() {
        let rows = [marker("s1", 1, 1, 0, false), member("s1", 0, "A")];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let workspace = history(&rows).function("ConfigMgrComputerGroup", HISTORY);
        assert_eq!(workspace.answer("ConfigMgrComputerGroup"), "Computer\nA");
        let hour = workspace.within("2024-06-01 11:00", "2024-06-01 12:00");
        assert_eq!(hour.answer("ConfigMgrComputerGroup"), "Computer");
    }

    #[test]
    fn an_answer_has_its_most_rows() {
        assert!(refused("range x from 1 to 500001 step 1").contains("500001 rows"));
        assert_eq!(answer("range x from 1 to 500001 step 1 | count"), "Count\n500001");
    }

    #[test]
    fn many_rows_take_time_in_proportion() {
        let start = std::time::Instant::now();
        let query = "let T = range x from 1 to 100000 step 1 | extend s = strcat('PC-', tostring(x));
            T | where s in ((T | project s)) or x in ((T | distinct x)) | distinct s, x | summarize n = count() by s | count";
        assert_eq!(answer(query), "Count\n100000");
        let taken = start.elapsed();
        assert!(taken.as_secs() < 30, "{taken:?}");
    }
}
