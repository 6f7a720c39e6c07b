// Checks every KQL text that the program stores or sends with Microsoft's own language service, in a workspace with our table and
// functions. A development check: npm install, then npm run check (or node check.mjs FILE with texts that are written already).
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const here = dirname(fileURLToPath(import.meta.url));
const service = dirname(createRequire(import.meta.url).resolve("@kusto/language-service-next"));
for (const file of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  // Both are scripts that put their names into the global scope.
  vm.runInThisContext(readFileSync(join(service, file), "utf8"), { filename: file });
}
const { GlobalState, KustoCode } = globalThis.Kusto.Language;
const { DatabaseSymbol, FunctionSymbol, TableSymbol } = globalThis.Kusto.Language.Symbols;

function texts() {
  if (process.argv[2]) return JSON.parse(readFileSync(process.argv[2], "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "asw-kql-"));
  const path = join(folder, "texts.json");
  try {
    const words = ["test", "--locked", "--test", "it", "--", "--exact", "kql_texts::every_text_is_made_and_written_where_it_is_asked_for"];
    const made = spawnSync("cargo", words, {
      cwd: join(here, "..", ".."),
      env: { ...process.env, ASW_KQL_TEXTS: path },
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (made.status !== 0) throw new Error("cargo test could not write the texts");
    return JSON.parse(readFileSync(path, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { tables, functions, queries, names } = texts();
const columns = (list) => `(${list.map(([name, type]) => `['${name}']:${type === "boolean" ? "bool" : type}`).join(", ")})`;
const table = (name, list) => new TableSymbol.$ctor7(name, columns(list), null);
const heartbeat = [["TimeGenerated", "datetime"], ["Computer", "string"]];
const members = [
  table("Heartbeat", heartbeat),
  ...Object.entries(tables).map(([name, list]) => table(name, list)),
  ...functions
    .filter((each) => each.alias)
    .map((each) => new FunctionSymbol.$ctor16(each.alias, "()", `{\n${each.query}\n}`, null)),
];
const globals = GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor("workspace", members));

/** What the language service says of a text, and the strings that it sees in it. */
function analyze(text) {
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const found = code.GetDiagnostics();
  const said = [];
  for (let at = 0; at < found.Count; at++) {
    const each = found.getItem(at);
    if (each.Severity === "Error" || each.Severity === "Warning") {
      said.push(`${each.Severity} ${each.Code}: ${each.Message} at "${text.slice(each.Start, each.Start + Math.max(each.Length, 20))}"`);
    }
  }
  const strings = [];
  for (let token = code.Syntax.GetFirstToken(); token; token = token.GetNextToken()) {
    if (token.Kind === globalThis.Kusto.Language.Syntax.SyntaxKind.StringLiteralToken) strings.push(token.ValueText);
  }
  return { said, strings };
}

let failed = 0;
const fail = (what, said) => {
  failed++;
  console.error(`FAILED ${what}\n  ${said.join("\n  ")}`);
};
// The check itself must see what is wrong.
for (const wrong of ["datatable(Computer:string)[\"a\" | take", "NoSuchTable | count", "Heartbeat | where NoSuchColumn == 1"]) {
  if (analyze(wrong).said.length === 0) fail(wrong, ["the language service finds nothing wrong with it"]);
}
const seen = new Set();
for (const each of functions) {
  const { said, strings } = analyze(each.query);
  if (said.length > 0) fail(each.id, said);
  strings.forEach((text) => seen.add(text));
}
for (const query of queries) {
  const { said } = analyze(query);
  if (said.length > 0) fail(query, said);
}
const lost = names.filter((name) => !seen.has(name));
if (lost.length > 0) fail("names", lost.map((name) => `${JSON.stringify(name)} does not read back from any text`));
console.log(`${functions.length} stored texts, ${queries.length} queries, ${names.length} names: ${failed === 0 ? "all valid" : `${failed} failed`}`);
process.exitCode = failed === 0 ? 0 : 1;
