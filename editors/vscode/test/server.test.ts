// What the extension says to the server and hears from it, with the protocol library that the editor's client is built
// on. VASTLINT is the command to test.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import {
  CodeActionRequest,
  CompletionRequest,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentDiagnosticRequest,
  ExitNotification,
  HoverRequest,
  InitializeRequest,
  InitializedNotification,
  type CodeAction,
  type FullDocumentDiagnosticReport,
  type Location,
  type MarkupContent,
  type ProtocolConnection,
  RegistrationRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  createProtocolConnection,
} from "vscode-languageserver-protocol/node";

import { documents, serverProcess } from "../src/server";

const repository = path.resolve(__dirname, "../../../..");
const conf = "derivatives/tile-server/ROOT/etc/supervisor/conf.d/tile-server.conf";
const script = "derivatives/tile-server/ROOT/opt/supervisor-scripts/tile-server.sh";
const dockerfile = "derivatives/tile-server/Dockerfile";

let root: string;
let child: ChildProcess;
let connection: ProtocolConnection;
let ended: Promise<number | null>;
const registered: string[] = [];

const uri = (file: string): string => pathToFileURL(path.join(root, file)).toString();
const text = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

before(async () => {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "a b"));
  root = path.join(folder, "repository");
  fs.cpSync(path.join(repository, "fixtures/clean"), root, { recursive: true });
  const command = process.env.VASTLINT ?? path.join(repository, "target/debug/vastlint");
  const server = serverProcess({ command, arguments: ["--edition=2026-02"] });
  child = spawn(server.command, server.args, { stdio: ["pipe", "pipe", "inherit"], cwd: os.tmpdir() });
  ended = new Promise((resolve) => child.once("exit", resolve));
  assert(child.stdout && child.stdin);
  connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onRequest(RegistrationRequest.type, (params) => {
    registered.push(...params.registrations.map((one) => one.method));
  });
  connection.listen();
  const answer = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: [{ uri: pathToFileURL(root).toString(), name: "repository" }],
    // As the client of VS Code says them.
    capabilities: {
      general: { positionEncodings: ["utf-16"] },
      textDocument: {
        diagnostic: { dynamicRegistration: true, relatedDocumentSupport: false },
        codeAction: { dataSupport: true, resolveSupport: { properties: ["edit"] } },
      },
      workspace: {
        diagnostics: { refreshSupport: true },
        didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
        workspaceEdit: { documentChanges: true },
      },
    },
  });
  assert.equal(answer.serverInfo?.name, "vastlint");
  assert.equal(answer.capabilities.positionEncoding, "utf-16");
  await connection.sendNotification(InitializedNotification.type, {});
});

after(async () => {
  await connection.sendRequest(ShutdownRequest.type);
  await connection.sendNotification(ExitNotification.type);
  assert.equal(await ended, 0);
  connection.dispose();
  fs.rmSync(path.dirname(root), { recursive: true });
});

async function open(file: string, languageId: string): Promise<void> {
  await connection.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri: uri(file), languageId, version: 1, text: text(file) },
  });
}

async function change(file: string, version: number, newText: string): Promise<void> {
  await connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri: uri(file), version },
    contentChanges: [{ text: newText }],
  });
}

async function codes(file: string): Promise<unknown[]> {
  const report = await connection.sendRequest(DocumentDiagnosticRequest.type, {
    textDocument: { uri: uri(file) },
  });
  return (report as FullDocumentDiagnosticReport).items.map((item) => item.code);
}

test("findings are pulled as the buffer changes, also in the other file", async () => {
  await open(dockerfile, "dockerfile");
  await open(script, "shellscript");
  assert.deepEqual(await codes(dockerfile), []);
  assert.deepEqual(registered, ["workspace/didChangeWatchedFiles"]);
  await change(dockerfile, 2, text(dockerfile).replace(":Tile Server|", ":Map|"));
  assert.deepEqual(await codes(script), ["VL720"]);
  await change(dockerfile, 3, text(dockerfile));
  assert.deepEqual(await codes(script), []);
});

test("hover, definition and completion answer", async () => {
  await open(conf, "ini");
  const line = text(conf).split("\n").findIndex((one) => one.startsWith("command="));
  const place = { textDocument: { uri: uri(conf) }, position: { line, character: 12 } };
  const found = (await connection.sendRequest(DefinitionRequest.type, place)) as Location[];
  assert.equal(found[0].uri, uri(script));
  const hover = await connection.sendRequest(HoverRequest.type, place);
  assert.match((hover?.contents as MarkupContent).value, /`command`/);
  const items = await connection.sendRequest(CompletionRequest.type, place);
  assert(Array.isArray(items) && items.some((item) => item.label.endsWith("tile-server.sh")));
});

test("every safe fix is made on save", async () => {
  await change(dockerfile, 4, text(dockerfile).replace("    set -euo pipefail && \\\n    env-hash", "    env-hash"));
  assert.deepEqual(await codes(dockerfile), ["VL102"]);
  const range = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };
  const actions = await connection.sendRequest(CodeActionRequest.type, {
    textDocument: { uri: uri(dockerfile) },
    range,
    context: { diagnostics: [], only: ["source.fixAll.vastlint"] },
  });
  const action = actions?.[0] as CodeAction;
  assert.equal(action.kind, "source.fixAll.vastlint");
  assert.match(JSON.stringify(action.edit), /set -euo pipefail/);
});

test("the settings say how the server is started", () => {
  assert.deepEqual(serverProcess({ command: " ", arguments: [] }), { command: "vastlint", args: ["server"] });
  const manifest = JSON.parse(fs.readFileSync(path.join(repository, "editors/vscode/package.json"), "utf8"));
  const settings = Object.keys(manifest.contributes.configuration.properties);
  assert.deepEqual(settings, ["vastlint.command", "vastlint.arguments", "vastlint.trace.server"]);
  assert(documents.some((filter) => "language" in filter && filter.language === "dockerfile"));
});
