// The extension: starts the server, and lets the client library do the rest.

import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

import { documents, serverProcess } from "./server";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("vastlint.restart", restart),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("vastlint.command") || change.affectsConfiguration("vastlint.arguments")) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(): Promise<void> {
  const old = client;
  client = undefined;
  // A server that never ran cannot be stopped.
  await old?.stop().catch(() => undefined);
  await old?.dispose();
  await start();
}

async function start(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("vastlint");
  const server = serverProcess({
    command: settings.get("command", "vastlint"),
    arguments: settings.get("arguments", []),
  });
  client = new LanguageClient("vastlint", "vastlint", { run: server, debug: server }, {
    documentSelector: documents,
    diagnosticPullOptions: { onChange: true, onSave: false },
  });
  try {
    await client.start();
  } catch (error) {
    const open = "Open settings";
    const chosen = await vscode.window.showErrorMessage(
      `vastlint cannot be started as \`${server.command}\`: ${error instanceof Error ? error.message : error}. ` +
        "Install it, or say in the settings where it is.",
      open,
    );
    if (chosen === open) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "vastlint.command");
    }
  }
}
