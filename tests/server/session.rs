//! Diagnostics: pushed and pulled, from unsaved buffers, across files, as the disk and the configuration change.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, at, fixture, uri, usual};

const CONF: &str = "derivatives/tile-server/ROOT/etc/supervisor/conf.d/tile-server.conf";
const SCRIPT: &str = "derivatives/tile-server/ROOT/opt/supervisor-scripts/tile-server.sh";
const DOCKERFILE: &str = "derivatives/tile-server/Dockerfile";
const WORKFLOW: &str = ".github/workflows/build-tile-server.yml";

fn text(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

fn codes(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["code"].as_str().unwrap()).collect()
}

#[test]
fn capabilities_are_those_that_are_tested_here() {
    let (_folder, root) = fixture("clean");
    let mut client = Client::start(&root);
    let answer = client.initialize(&[&root], usual());
    assert_eq!(answer["serverInfo"]["name"], "vastlint");
    let capabilities = answer["capabilities"].as_object().unwrap();
    let mut names: Vec<&str> = capabilities.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "codeActionProvider",
        "completionProvider",
        "definitionProvider",
        "diagnosticProvider",
        "documentSymbolProvider",
        "executeCommandProvider",
        "hoverProvider",
        "positionEncoding",
        "textDocumentSync",
        "workspace",
    ];
    assert_eq!(names, expected);
    assert_eq!(capabilities["positionEncoding"], "utf-16");
    client.settle();
    let registered = &client.asked["client/registerCapability"][0]["registrations"][0];
    assert_eq!(registered["method"], "workspace/didChangeWatchedFiles");
    assert_eq!(client.asked["window/workDoneProgress/create"].len(), 1);
    let begin = client.wait(|message| message["method"] == "$/progress");
    assert_eq!(begin["params"]["value"]["kind"], "begin");
    client.wait(|message| message["params"]["value"]["kind"] == "end");
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn findings_change_as_the_buffer_changes_unsaved() {
    let (_folder, root) = fixture("clean");
    let mut client = Client::open(&root, usual());
    for (path, from, to) in [
        (DOCKERFILE, "    set -euo pipefail && \\\n    env-hash", "    env-hash"),
        (CONF, "stopsignal=TERM", "stopsignal=KILL"),
        (SCRIPT, ". \"${utils}/logging.sh\"\n", ""),
        (WORKFLOW, "needs: preflight", "needs: prefligt"),
    ] {
        let (uri, sound) = (uri(&root.join(path)), text(&root, path));
        assert!(sound.contains(from), "{path}");
        client.open_file(&uri, &sound);
        client.set_text(&uri, &sound.replacen(from, to, 1));
        let found = client.published(&uri, |items| !items.is_empty());
        assert!(!found.is_empty() && found.iter().all(|item| item["source"] == "vastlint"), "{path}");
        client.set_text(&uri, &sound);
        client.published(&uri, <[Value]>::is_empty);
        assert_eq!(text(&root, path), sound, "nothing is written");
    }
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn a_finding_says_all_there_is_to_say() {
    let (_folder, root) = fixture("clean");
    let mut client = Client::open(&root, usual());
    let script = uri(&root.join(SCRIPT));
    client.open_file(&script, &text(&root, SCRIPT));
    let swapped = text(&root, SCRIPT).replace(
        ". \"${utils}/environment.sh\"\n. \"${utils}/exit_portal.sh\" \"Tile Server\"",
        ". \"${utils}/exit_portal.sh\" \"Tile Server\"\n. \"${utils}/environment.sh\"",
    );
    client.set_text(&script, &swapped);
    let found = client.until(&script, "VL202", true);
    let one = found.iter().find(|item| item["code"] == "VL202").unwrap();
    assert_eq!(one["severity"], 1);
    let page = one["codeDescription"]["href"].as_str().unwrap();
    assert!(page.ends_with("/docs/rules/utility-source-order.md"), "{page}");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    assert!(repository.join("docs/rules/utility-source-order.md").is_file());
    assert_eq!(one["data"]["rule"], "utility-source-order");
    let message = one["message"].as_str().unwrap();
    assert!(message.contains("\nwhy: ") && message.contains("\nhelp: "), "{message}");
    assert_eq!(one["range"]["start"], at(&swapped, ". \"${utils}/environment.sh\"", 0));
    let related = &one["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], script.as_str());
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn breaking_one_file_shows_in_the_other() {
    let (_folder, root) = fixture("clean");
    let mut client = Client::open(&root, usual());
    let (conf, script, dockerfile) =
        (uri(&root.join(CONF)), uri(&root.join(SCRIPT)), uri(&root.join(DOCKERFILE)));
    client.settle();
    assert!(client.published.is_empty(), "{:?}", client.published);
    // The tab gets another name: the script that looks it up is never opened, and finds none.
    client.open_file(&dockerfile, &text(&root, DOCKERFILE));
    client.set_text(&dockerfile, &text(&root, DOCKERFILE).replace(":Tile Server|", ":Map|"));
    let found = client.until(&script, "VL720", true);
    let related = &found.iter().find(|item| item["code"] == "VL720").unwrap()["relatedInformation"];
    assert_eq!(related[0]["location"]["uri"], dockerfile.as_str(), "both ends are shown");
    client.set_text(&dockerfile, &text(&root, DOCKERFILE));
    client.published(&script, <[Value]>::is_empty);
    // The same from the other end.
    client.open_file(&script, &text(&root, SCRIPT));
    client.set_text(&script, &text(&root, SCRIPT).replace("\"Tile Server\"", "\"Map\""));
    client.until(&script, "VL720", true);
    client.set_text(&dockerfile, &text(&root, DOCKERFILE).replace(":Tile Server|", ":Map|"));
    client.published(&script, <[Value]>::is_empty);
    client.set_text(&dockerfile, &text(&root, DOCKERFILE));
    client.until(&script, "VL720", true);
    // A file that is gone.
    fs::rename(root.join(SCRIPT), root.join("gone")).unwrap();
    client.close_file(&script);
    client.until(&conf, "VL701", true);
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn positions_are_counted_as_agreed() {
    for (encoding, before) in [("utf-16", 2), ("utf-8", 4)] {
        let (_folder, root) = fixture("clean");
        let path = root.join("provisioning_scripts/new.sh");
        let mut capabilities = usual();
        if encoding == "utf-8" {
            capabilities["general"] = json!({ "positionEncodings": ["utf-32", "utf-8", "utf-16"] });
        }
        let mut client = Client::start(&root);
        let answer = client.initialize(&[&root], capabilities);
        assert_eq!(answer["capabilities"]["positionEncoding"], encoding);
        let uri = uri(&path);
        client.open_file(&uri, "#!/bin/bash\nset -euo pipefail\necho \"\"; apt\n");
        // Behind a character that takes two units of UTF-16 and four bytes.
        let insert = |line: u64, character: u64, text: &str| {
            let place = json!({ "line": line, "character": character });
            json!([{ "range": { "start": place, "end": place }, "text": text }])
        };
        client.change(&uri, insert(2, 6, "\u{1F600}"));
        client.change(&uri, insert(2, 6 + before + 1, " # \u{e9}"));
        client.change(
            &uri,
            json!([{ "text": "#!/bin/bash\nset -euo pipefail\necho \"\u{1F600}\"; pip install x\n" }]),
        );
        let found = client.until(&uri, "VL401", true);
        let one = found.iter().find(|item| item["code"] == "VL401").unwrap();
        let start = one["range"]["start"]["character"].as_u64().unwrap();
        assert_eq!(start, 6 + before + 3, "{one:#}");
        // An incremental change at a place behind it lands there.
        client.change(&uri, insert(2, start, "uv "));
        client.until(&uri, "VL401", false);
        assert_eq!(client.finish().code(), Some(0));
    }
}

#[test]
fn the_configuration_counts_as_it_is_typed() {
    let (_folder, root) = fixture("broken");
    let mut client = Client::open(&root, usual());
    let dockerfile = uri(&root.join(DOCKERFILE));
    client.settle();
    let before = client.published[&dockerfile].clone();
    let code = before[0]["code"].as_str().unwrap().to_owned();
    let toml = uri(&root.join("vastlint.toml"));
    let sound = text(&root, "vastlint.toml");
    client.open_file(&toml, &sound);
    let off = format!("{sound}\n[rules]\n{code} = \"off\"\n");
    client.set_text(&toml, &off);
    client.until(&dockerfile, &code, false);
    // A fault is shown at its place, and what held holds on.
    client.set_text(&toml, &off.replace("off", "of"));
    let fault = client.published(&toml, |items| !items.is_empty());
    assert_eq!(fault[0]["severity"], 1);
    assert!(fault[0]["message"].as_str().unwrap().contains("`of` is no level"), "{fault:#?}");
    assert_eq!(fault[0]["range"]["start"]["line"], off.lines().count() - 1);
    client.settle();
    assert!(!codes(&client.published[&dockerfile]).contains(&code.as_str()));
    client.set_text(&toml, &sound);
    client.published(&toml, <[Value]>::is_empty);
    client.until(&dockerfile, &code, true);
    client.close_file(&toml);
    // The same on disk.
    fs::write(root.join("vastlint.toml"), &off).unwrap();
    watched(&mut client, &root.join("vastlint.toml"), 2);
    client.until(&dockerfile, &code, false);
    assert_eq!(client.finish().code(), Some(0));
}

fn watched(client: &mut Client, path: &Path, kind: u8) {
    let changes = json!({ "changes": [{ "uri": uri(path), "type": kind }] });
    client.notify("workspace/didChangeWatchedFiles", changes);
}

#[test]
fn what_changes_on_disk_is_seen() {
    let (_folder, root) = fixture("clean");
    let mut client = Client::open(&root, usual());
    client.settle();
    let (conf, script) = (uri(&root.join(CONF)), uri(&root.join(SCRIPT)));
    fs::remove_file(root.join(SCRIPT)).unwrap();
    watched(&mut client, &root.join(SCRIPT), 3);
    client.until(&conf, "VL701", true);
    let (_other, clean) = fixture("clean");
    fs::copy(clean.join(SCRIPT), root.join(SCRIPT)).unwrap();
    watched(&mut client, &root.join(SCRIPT), 1);
    client.published(&conf, <[Value]>::is_empty);
    // A whole folder.
    let scripts = root.join(SCRIPT).parent().unwrap().to_owned();
    fs::remove_dir_all(&scripts).unwrap();
    watched(&mut client, &scripts, 3);
    client.until(&conf, "VL701", true);
    fs::create_dir(&scripts).unwrap();
    fs::copy(clean.join(SCRIPT), root.join(SCRIPT)).unwrap();
    watched(&mut client, &scripts, 1);
    client.published(&conf, <[Value]>::is_empty);
    // What an ignore file names is not there, and open buffers win over the disk.
    client.open_file(&script, &text(&root, SCRIPT));
    fs::write(root.join(SCRIPT), "#!/bin/bash\nif\n").unwrap();
    watched(&mut client, &root.join(SCRIPT), 2);
    client.settle();
    assert!(client.published.get(&script).is_none_or(Vec::is_empty), "{:?}", client.published[&script]);
    client.close_file(&script);
    client.published(&script, |items| !items.is_empty());
    fs::write(root.join(".vastlintignore"), "tile-server.sh\n").unwrap();
    watched(&mut client, &root.join(".vastlintignore"), 1);
    client.published(&script, <[Value]>::is_empty);
    client.until(&conf, "VL701", true);
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn a_client_that_watches_nothing_is_helped_when_it_saves() {
    let (_folder, root) = fixture("clean");
    let mut capabilities = usual();
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({});
    let mut client = Client::open(&root, capabilities);
    client.settle();
    assert!(!client.asked.contains_key("client/registerCapability"));
    fs::remove_file(root.join(SCRIPT)).unwrap();
    let dockerfile = uri(&root.join(DOCKERFILE));
    client.open_file(&dockerfile, &text(&root, DOCKERFILE));
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": dockerfile } }));
    client.until(&uri(&root.join(CONF)), "VL701", true);
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn diagnostics_are_pulled_by_clients_that_do() {
    let (_folder, root) = fixture("clean");
    let mut capabilities = usual();
    capabilities["textDocument"]["diagnostic"] = json!({});
    capabilities["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    let mut client = Client::open(&root, capabilities);
    let (conf, script) = (uri(&root.join(CONF)), uri(&root.join(SCRIPT)));
    let pull = |client: &mut Client, uri: &str, has: Value| {
        let document = json!({ "textDocument": { "uri": uri }, "previousResultId": has });
        client.request("textDocument/diagnostic", document).unwrap()
    };
    client.open_file(&conf, &text(&root, CONF));
    client.open_file(&script, &text(&root, SCRIPT));
    let sound = pull(&mut client, &conf, Value::Null);
    assert_eq!((&sound["kind"], &sound["items"]), (&json!("full"), &json!([])));
    let again = pull(&mut client, &conf, sound["resultId"].clone());
    assert_eq!(again["kind"], "unchanged");
    // A change of one file shows in the other, and the client is told to ask again.
    let edited = text(&root, DOCKERFILE).replace(":Tile Server|", ":Map|");
    let dockerfile = uri(&root.join(DOCKERFILE));
    client.open_file(&dockerfile, &edited);
    let broken = pull(&mut client, &script, Value::Null);
    assert_eq!(codes(broken["items"].as_array().unwrap()), ["VL720"], "{broken:#}");
    assert!(broken["items"][0]["relatedInformation"].is_array());
    client.settle();
    assert!(!client.asked["workspace/diagnostic/refresh"].is_empty());
    let all = client.request("workspace/diagnostic", json!({ "previousResultIds": [] })).unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all:#}");
    let has = json!([{ "uri": conf, "value": "old" }, { "uri": script, "value": broken["resultId"] }]);
    let all = client.request("workspace/diagnostic", json!({ "previousResultIds": has })).unwrap();
    let kinds: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["full", "unchanged"]);
    client.set_text(&dockerfile, &text(&root, DOCKERFILE));
    let has = json!([{ "uri": script, "value": broken["resultId"] }]);
    let all = client.request("workspace/diagnostic", json!({ "previousResultIds": has })).unwrap();
    assert_eq!(
        all["items"],
        json!([{ "kind": "full", "uri": script, "version": 1, "resultId": "0", "items": [] }])
    );
    // The file that is being edited is answered for at once.
    client.set_text(&script, &format!("{}\nif\n", text(&root, SCRIPT)));
    let broken = pull(&mut client, &script, Value::Null);
    assert!(codes(broken["items"].as_array().unwrap()).contains(&"VL001"), "{broken:#}");
    assert!(client.published.is_empty(), "nothing is pushed to who pulls");
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn several_folders_come_and_go() {
    let (_one, clean) = fixture("clean");
    let (_two, broken) = fixture("broken");
    let mut client = Client::start(&clean);
    client.initialize(&[&clean], usual());
    client.settle();
    assert!(client.published.is_empty());
    let folder = json!([{ "uri": uri(&broken), "name": "broken" }]);
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({ "event": { "added": folder, "removed": [] } }),
    );
    let dockerfile = uri(&broken.join(DOCKERFILE));
    client.published(&dockerfile, |items| !items.is_empty());
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({ "event": { "added": [], "removed": folder } }),
    );
    client.published(&dockerfile, <[Value]>::is_empty);
    client.settle();
    assert!(client.published.values().all(Vec::is_empty));
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn a_folder_of_a_repository_shows_its_own_files_only() {
    let (_folder, root) = fixture("broken");
    let mut client = Client::open(&root.join("derivatives/tile-server"), usual());
    client.settle();
    let inside = uri(&root.join("derivatives/tile-server"));
    assert!(!client.published.is_empty());
    assert!(client.published.keys().all(|uri| uri.starts_with(&inside)), "{:?}", client.published.keys());
    let other = root.join("external/chat-server/Dockerfile");
    client.open_file(&uri(&other), &fs::read_to_string(&other).unwrap());
    client.published(&uri(&other), |items| !items.is_empty());
    client.close_file(&uri(&other));
    client.published(&uri(&other), <[Value]>::is_empty);
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn files_outside_any_repository_stand_alone() {
    let folder = tempfile::tempdir().unwrap();
    let lone = folder.path().canonicalize().unwrap().join("100% done.sh");
    fs::write(folder.path().join("other.sh"), "#!/bin/bash\nif\n").unwrap();
    let mut client = Client::start(folder.path());
    client.initialize(&[], usual());
    let broken = "#!/bin/bash\nif true; then\n";
    client.open_file(&uri(&lone), broken);
    client.until(&uri(&lone), "VL001", true);
    // A buffer without a file; what it is, the client says.
    client.open_as("untitled:Untitled-1", "shellscript", broken);
    client.until("untitled:Untitled-1", "VL001", true);
    client.open_as("untitled:Untitled-2", "dockerfile", "FROM\n");
    client.until("untitled:Untitled-2", "VL001", true);
    client.open_as("untitled:Untitled-3", "plaintext", "FROM\n");
    client.set_text("untitled:Untitled-1", "#!/bin/bash\ntrue\n");
    client.until("untitled:Untitled-1", "VL001", false);
    client.close_file("untitled:Untitled-2");
    client.published("untitled:Untitled-2", <[Value]>::is_empty);
    client.settle();
    assert!(!client.published.contains_key("untitled:Untitled-3"));
    assert!(!client.published.contains_key(&uri(&folder.path().join("other.sh"))), "nobody asked for it");
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn a_file_that_is_no_text_is_named_and_mended_in_the_buffer() {
    let (_folder, root) = fixture("clean");
    let path = root.join("tools/latin.sh");
    fs::write(&path, b"#!/bin/bash\necho caf\xE9\n").unwrap();
    let mut client = Client::open(&root, usual());
    let found = client.until(&uri(&path), "VL002", true);
    assert_eq!(
        found[0]["range"],
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } })
    );
    // The editor guessed the encoding: what it shows is text.
    client.open_file(&uri(&path), "#!/bin/bash\necho caf\u{e9}\n");
    client.until(&uri(&path), "VL002", false);
    client.close_file(&uri(&path));
    client.until(&uri(&path), "VL002", true);
    assert_eq!(client.finish().code(), Some(0));
}

#[test]
fn files_of_git_and_ignored_ones_are_none_of_its_business() {
    let (_folder, root) = fixture("clean");
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::write(root.join(".gitignore"), "build/\n").unwrap();
    let mut client = Client::open(&root, usual());
    for path in [".git/COMMIT.sh", "build/x.sh"] {
        client.open_file(&uri(&root.join(path)), "#!/bin/bash\nif\n");
    }
    client.settle();
    assert!(client.published.is_empty(), "{:?}", client.published);
    assert_eq!(client.finish().code(), Some(0));
}
