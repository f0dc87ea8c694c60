//! Hover, definition, completion, symbols and code actions.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::{Client, at, fixture, uri, usual};

const CONF: &str = "derivatives/tile-server/ROOT/etc/supervisor/conf.d/tile-server.conf";
const SCRIPT: &str = "derivatives/tile-server/ROOT/opt/supervisor-scripts/tile-server.sh";
const DOCKERFILE: &str = "derivatives/tile-server/Dockerfile";
const WORKFLOW: &str = ".github/workflows/build-tile-server.yml";
const PROVISIONING: &str = "derivatives/pytorch/provisioning_scripts/voice-lab.sh";

struct Session {
    _folder: tempfile::TempDir,
    root: PathBuf,
    client: Client,
}

impl Session {
    fn new(name: &str) -> Self {
        Self::with(name, usual())
    }

    fn with(name: &str, capabilities: Value) -> Self {
        let (folder, root) = fixture(name);
        let mut client = Client::open(&root, capabilities);
        client.settle();
        Self { _folder: folder, root, client }
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    fn uri(&self, path: &str) -> String {
        uri(&self.root.join(path))
    }

    /// Asks about the place `within` bytes behind the start of `needle` in a file on disk.
    fn ask(&mut self, method: &str, path: &str, needle: &str, within: usize) -> Value {
        let position = at(&self.text(path), needle, within);
        let params = json!({ "textDocument": { "uri": self.uri(path) }, "position": position });
        self.client.request(method, params).unwrap()
    }

    fn hover(&mut self, path: &str, needle: &str) -> String {
        let hover = self.ask("textDocument/hover", path, needle, 1);
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// The places that a definition leads to: path and the line's text.
    fn definition(&mut self, path: &str, needle: &str, within: usize) -> Vec<(String, String)> {
        let found = self.ask("textDocument/definition", path, needle, within);
        let root = uri(&self.root);
        let place = |location: &Value| {
            let path = location["uri"].as_str().unwrap().strip_prefix(&root).unwrap()[1..].to_owned();
            let line = location["range"]["start"]["line"].as_u64().unwrap() as usize;
            let text = self.text(&path);
            (path, text.lines().nth(line).unwrap().trim().to_owned())
        };
        found.as_array().unwrap().iter().map(place).collect()
    }

    /// What is proposed at `‸` in an unsaved text.
    fn completion(&mut self, path: &str, text: &str) -> Vec<Value> {
        let (uri, cursor) = (self.uri(path), at(text, "‸", 0));
        self.client.open_file(&uri, &text.replace('‸', ""));
        let params = json!({ "textDocument": { "uri": uri }, "position": cursor });
        let items = self.client.request("textDocument/completion", params).unwrap();
        self.client.close_file(&uri);
        items.as_array().unwrap().clone()
    }

    fn labels(&mut self, path: &str, text: &str) -> Vec<String> {
        let items = self.completion(path, text);
        items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "what is sent is written where it is sent")]
    fn actions(&mut self, path: &str, line: u64, only: Value) -> Vec<Value> {
        let place = json!({ "line": line, "character": 0 });
        let end = json!({ "line": line, "character": 999 });
        let context = if only.is_null() {
            json!({ "diagnostics": [] })
        } else {
            json!({ "diagnostics": [], "only": only })
        };
        let params = json!({
            "textDocument": { "uri": self.uri(path) },
            "range": { "start": place, "end": end },
            "context": context,
        });
        let actions = self.client.request("textDocument/codeAction", params).unwrap();
        actions.as_array().unwrap().clone()
    }

    /// A text with the edits that an action makes in it.
    fn edited(&self, path: &str, text: &str, edit: &Value) -> String {
        let uri = self.uri(path);
        let changes = edit["documentChanges"].as_array().unwrap();
        let change = changes.iter().find(|change| change["textDocument"]["uri"] == uri.as_str()).unwrap();
        apply(text, change["edits"].as_array().unwrap())
    }
}

/// A text with edits in UTF-16 positions made in it.
fn apply(text: &str, edits: &[Value]) -> String {
    let offset = |position: &Value| {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut left = position["character"].as_u64().unwrap() as usize;
        let inside = text[start..].chars().take_while(|character| {
            let goes_on = left > 0;
            left = left.saturating_sub(character.len_utf16());
            goes_on
        });
        start + inside.map(char::len_utf8).sum::<usize>()
    };
    let mut spans: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            (offset(&range["start"]), offset(&range["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    spans.sort_unstable();
    let mut result = text.to_owned();
    for (start, end, new) in spans.into_iter().rev() {
        result.replace_range(start..end, new);
    }
    result
}

fn titled<'a>(actions: &'a [Value], part: &str) -> &'a Value {
    let found = actions.iter().find(|action| action["title"].as_str().unwrap().contains(part));
    found.unwrap_or_else(|| panic!("no {part:?} in {actions:#?}"))
}

#[test]
fn hover_tells_what_the_conventions_say() {
    let mut session = Session::new("clean");
    for (path, needle, expected) in [
        (CONF, "stopsignal=TERM", &["`stopsignal`", "write `TERM`", "is key 9 of 15"][..]),
        (CONF, "command=", &["`command`", "/opt/supervisor-scripts/<name>.sh"]),
        (SCRIPT, "{utils}/environment.sh", &["utility 3 of 5", "`logging.sh`, `cleanup_generic.sh`"]),
        (
            DOCKERFILE,
            "localhost:8000",
            &["first port `8000`", "second port `18000`", "label `Tile Server`", "`tile-server.sh`"],
        ),
        (DOCKERFILE, "maintainer=", &["is a label of every image"]),
        ("external/chat-server/Dockerfile", "DATA_DIRECTORY=", &["an external image needs", "/workspace"]),
        (WORKFLOW, "MATRIX_ID=$(", &["tells the entries of the build matrix apart", "md5sum | cut -c1-8"]),
        (WORKFLOW, "  preflight:\n", &["job 1 of a build workflow", "`should-run`"]),
        (WORKFLOW, "preflight, build, collect-tags]", &["job 1 of a build workflow"]),
        (WORKFLOW, "CUSTOM_IMAGE_TAG:", &["it has no default"]),
        (WORKFLOW, "RELEASE_AGE_THRESHOLD:", &["without it nothing says which releases are new"]),
        (WORKFLOW, "secrets.DOCKERHUB_TOKEN", &["nothing can be built without it"]),
        (PROVISIONING, "redirect_stderr=true", &["`redirect_stderr`", "log of the instance"]),
        (SCRIPT, "WORKSPACE}/tiles", &["`/workspace`"]),
    ] {
        // Behind blanks and prefixes the cursor is in the name.
        let within = needle.find("TOKEN").or_else(|| needle.find("preflight")).unwrap_or_default() + 1;
        let hover = session.ask("textDocument/hover", path, needle, within);
        let text = hover["contents"]["value"].as_str().unwrap_or_default();
        for part in expected {
            assert!(text.contains(part), "{path} {needle}: no {part:?} in {text:?}");
        }
        assert_eq!(hover["contents"]["kind"], "markdown");
        assert!(hover["range"].is_object());
    }
    assert_eq!(session.hover(SCRIPT, "startup paused"), "");
    assert_eq!(session.client.finish().code(), Some(0));
}

#[test]
fn hover_tells_the_rule_of_a_finding_and_of_a_comment() {
    let mut session = Session::new("clean");
    let uri = session.uri(PROVISIONING);
    let text = session.text(PROVISIONING).replace("uv pip install -r", "pip install -r");
    let text = text.replace("# 4. Install", "# vastlint: ignore[unsourced-utility] x\n# 4. Install");
    session.client.open_file(&uri, &text);
    session.client.until(&uri, "VL401", true);
    let mut ask = |needle: &str| {
        let params = json!({ "textDocument": { "uri": uri }, "position": at(&text, needle, 1) });
        let hover = session.client.request("textDocument/hover", params).unwrap();
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let hover = ask("pip install -r");
    assert!(hover.starts_with("**VL401 `bare-pip`**") && hover.contains("docs/rules/bare-pip.md"), "{hover}");
    assert!(
        ask("unsourced-utility").starts_with("**VL204 `unsourced-utility`**"),
        "{}",
        ask("unsourced-utility")
    );
    let toml = session.uri("vastlint.toml");
    session.client.open_file(&toml, "[rules]\nbare-pip = \"off\"\n");
    let params = json!({ "textDocument": { "uri": toml }, "position": { "line": 1, "character": 3 } });
    let hover = session.client.request("textDocument/hover", params).unwrap();
    assert!(hover["contents"]["value"].as_str().unwrap().contains("VL401"), "{hover}");
    assert_eq!(session.client.finish().code(), Some(0));
}

#[test]
fn definitions_cross_files() {
    let mut session = Session::new("clean");
    let pair = |path: &str, line: &str| vec![(path.to_owned(), line.to_owned())];
    let image = "derivatives/pytorch/derivatives/upscaler";
    for (path, needle, within, expected) in [
        (CONF, "command=/opt", 3, pair(SCRIPT, "#!/bin/bash")),
        (CONF, "[program:tile", 4, pair(SCRIPT, "#!/bin/bash")),
        (
            SCRIPT,
            "${utils}/environment.sh",
            12,
            pair("ROOT/opt/supervisor-scripts/utils/environment.sh", "#!/bin/bash"),
        ),
        (SCRIPT, "\"Tile Server\"", 3, pair(DOCKERFILE, &portal_line(&session, DOCKERFILE))),
        (DOCKERFILE, "18000:/:Tile", 3, pair(SCRIPT, ". \"${utils}/exit_portal.sh\" \"Tile Server\"")),
        (DOCKERFILE, "--from=tiles_build", 9, pair(DOCKERFILE, "FROM rust:1.85-slim AS tiles_build")),
        (WORKFLOW, "needs: preflight", 9, pair(WORKFLOW, "preflight:")),
        (WORKFLOW, "[preflight, build]", 14, pair(WORKFLOW, "build:")),
        (
            WORKFLOW,
            "needs.preflight.outputs.tiles-ref",
            28,
            pair(WORKFLOW, "tiles-ref: ${{ steps.release.outputs.resolved-ref }}"),
        ),
        (WORKFLOW, "needs.preflight.outputs.tiles-ref", 8, pair(WORKFLOW, "preflight:")),
        (WORKFLOW, "steps.decide.outputs", 8, pair(WORKFLOW, "id: decide")),
        (WORKFLOW, "inputs.TILES_REF", 8, pair(WORKFLOW, "TILES_REF:")),
        (
            WORKFLOW,
            "env.RELEASE_AGE",
            8,
            pair(WORKFLOW, "RELEASE_AGE_THRESHOLD: 43200  # 12 hours, in seconds"),
        ),
        (WORKFLOW, "matrix.base_image", 9, pair(WORKFLOW, "base_image:")),
        (
            WORKFLOW,
            "./.github/actions/maximize",
            10,
            pair(
                ".github/actions/maximize-build-space/action.yml",
                &first_line(&session, ".github/actions/maximize-build-space/action.yml"),
            ),
        ),
        (
            WORKFLOW,
            "./.github/workflows/notify",
            10,
            pair(
                ".github/workflows/notify-slack.yml",
                &first_line(&session, ".github/workflows/notify-slack.yml"),
            ),
        ),
        (WORKFLOW, "cd derivatives/tile", 8, pair(DOCKERFILE, &first_line(&session, DOCKERFILE))),
        // Inside one file: a script that a provisioning script writes, and the conf that starts it.
        (PROVISIONING, "command=/opt", 3, pair(PROVISIONING, "#!/bin/bash")),
        (
            PROVISIONING,
            "${utils}/logging.sh",
            12,
            pair("ROOT/opt/supervisor-scripts/utils/logging.sh", "#!/bin/bash"),
        ),
    ] {
        assert_eq!(session.definition(path, needle, within), expected, "{path}: {needle}");
    }
    // A label finds the tabs of its own image: the boot script's and the launch template's.
    let script = format!("{image}/ROOT/opt/supervisor-scripts/upscaler.sh");
    let found: Vec<String> =
        session.definition(&script, "\"Upscaler\"", 3).into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        found,
        [
            format!("{image}/ROOT/etc/vast_boot.d/05-upscaler-env.sh"),
            format!("{image}/templates/upscaler/template.yml")
        ]
    );
    assert_eq!(session.definition(SCRIPT, "startup paused", 2), []);
    assert_eq!(session.client.finish().code(), Some(0));
}

fn portal_line(session: &Session, path: &str) -> String {
    session.text(path).lines().find(|line| line.contains("PORTAL_CONFIG")).unwrap().to_owned()
}

fn first_line(session: &Session, path: &str) -> String {
    session.text(path).lines().next().unwrap().to_owned()
}

#[test]
fn definitions_follow_unsaved_changes() {
    let mut session = Session::new("clean");
    let (conf, script) = (session.uri(CONF), session.uri(SCRIPT));
    let text = format!("# a comment\n\n{}", session.text(CONF));
    session.client.open_file(&conf, &session.text(CONF));
    session.client.set_text(&conf, &text);
    let params = json!({ "textDocument": { "uri": conf }, "position": at(&text, "command=", 10) });
    let found = session.client.request("textDocument/definition", params).unwrap();
    assert_eq!(found[0]["uri"], script.as_str());
    assert_eq!(session.client.finish().code(), Some(0));
}

#[test]
fn completion_knows_keys_values_and_names() {
    let mut session = Session::new("clean");
    let conf = "[program:tile-server]\nenvironment=PROC_NAME=\"%(program_name)s\"\n";
    let keys = session.completion(CONF, &format!("{conf}‸"));
    assert_eq!(keys[0]["label"], "command");
    assert!(keys.iter().all(|key| key["label"] != "environment"), "it is there already");
    let stop = keys.iter().find(|key| key["label"] == "stopsignal").unwrap();
    assert_eq!(stop["textEdit"]["newText"], "stopsignal=TERM");
    let labels = |session: &mut Session, path: &str, text: &str| session.labels(path, text);
    assert_eq!(labels(&mut session, CONF, &format!("{conf}autorestart=‸")), ["true", "unexpected"]);
    assert_eq!(
        labels(&mut session, CONF, &format!("{conf}command=/opt/su‸")),
        ["/opt/supervisor-scripts/tile-server.sh"]
    );
    let script =
        "#!/bin/bash\nutils=/opt/supervisor-scripts/utils\n. \"${utils}/logging.sh\"\n. \"${utils}/‸\"\n";
    assert_eq!(
        labels(&mut session, SCRIPT, script),
        ["cleanup_generic.sh", "environment.sh", "exit_serverless.sh", "exit_portal.sh", "logging.sh"]
    );
    let script = "#!/bin/bash\nutils=/opt/supervisor-scripts/utils\n. \"${utils}/exit_portal.sh\" \"‸\n";
    assert_eq!(labels(&mut session, SCRIPT, script), ["Instance Portal", "Jupyter", "Tile Server"]);
    let dockerfile = "FROM vastai/base-image:x\nLABEL maintainer=\"x\" \\\n      ‸\n";
    assert_eq!(
        labels(&mut session, DOCKERFILE, dockerfile),
        ["org.opencontainers.image.source", "org.opencontainers.image.description"]
    );
    let workflow = session.text(WORKFLOW);
    let needs = workflow.replace("needs: [preflight, build]", "needs: [preflight, ‸]");
    assert_eq!(labels(&mut session, WORKFLOW, &needs), ["preflight", "build", "notify"]);
    let broken = workflow.replace("    needs: preflight\n", "    needs: ‸\n");
    assert_eq!(labels(&mut session, WORKFLOW, &broken), ["preflight", "collect-tags", "notify"]);
    let input = workflow.replace("      MULTI_ARCH:\n", "      ‸\n");
    assert_eq!(labels(&mut session, WORKFLOW, &input), ["MULTI_ARCH"]);
    let with = workflow.replace("      build-result: ", "      ‸\n      build-result: ");
    let inputs = labels(&mut session, WORKFLOW, &with);
    assert!(
        inputs.contains(&"build-result".to_owned()) && inputs.contains(&"run-url".to_owned()),
        "{inputs:?}"
    );
    let action =
        workflow.replace("          repository: example", "          ‸\n          repository: example");
    let inputs = labels(&mut session, WORKFLOW, &action);
    assert!(inputs.contains(&"age-threshold".to_owned()), "{inputs:?}");
    assert_eq!(
        labels(&mut session, "vastlint.toml", "[rules]\nbare-pip = \"‸\"\n"),
        ["error", "warning", "info", "off"]
    );
    assert_eq!(labels(&mut session, SCRIPT, "#!/bin/bash\necho ‸\n"), Vec::<String>::new());
    assert_eq!(session.client.finish().code(), Some(0));
}

/// The names of symbols.
fn names(symbols: &Value) -> Vec<String> {
    let list = symbols.as_array().unwrap();
    list.iter().map(|symbol| symbol["name"].as_str().unwrap().to_owned()).collect()
}

/// A selection lies in its symbol.
fn check(symbol: &Value) {
    let key = |range: &Value, end: &str| (range[end]["line"].as_u64(), range[end]["character"].as_u64());
    let (range, selection) = (&symbol["range"], &symbol["selectionRange"]);
    assert!(key(range, "start") <= key(selection, "start") && key(selection, "end") <= key(range, "end"));
    for child in symbol["children"].as_array().into_iter().flatten() {
        check(child);
    }
}

#[test]
fn symbols_show_what_a_file_consists_of() {
    let mut session = Session::new("clean");
    let mut symbols = |path: &str| {
        let params = json!({ "textDocument": { "uri": session.uri(path) } });
        session.client.request("textDocument/documentSymbol", params).unwrap()
    };
    let conf = symbols(CONF);
    assert_eq!(names(&conf), ["program:tile-server"]);
    assert_eq!(names(&conf[0]["children"])[..2], ["environment", "command"]);
    let dockerfile = symbols(DOCKERFILE);
    let parts = names(&dockerfile);
    assert_eq!(parts[0], "ARG VAST_BASE=vastai/base-image:stock-ubuntu24.04-py312");
    let stages = parts.iter().position(|name| name == "tiles_build").unwrap();
    assert_eq!(parts[stages + 1], "${VAST_BASE}");
    assert!(
        names(&dockerfile).contains(&"/usr/local/bin/tiles-check".to_owned()),
        "{:?}",
        names(&dockerfile)
    );
    let workflow = symbols(WORKFLOW);
    assert_eq!(names(&workflow), ["name", "on", "env", "jobs"]);
    let jobs = &workflow[3]["children"];
    assert_eq!(names(jobs), ["preflight", "build", "collect-tags", "notify"]);
    assert_eq!(names(&jobs[0]["children"])[0], "Checkout");
    let script = symbols(PROVISIONING);
    assert!(names(&script).contains(&"/opt/supervisor-scripts/voice-lab.sh".to_owned()), "{script:#}");
    for file in [conf, dockerfile, workflow, script] {
        file.as_array().unwrap().iter().for_each(check);
    }
    assert_eq!(session.client.finish().code(), Some(0));

    let mut capabilities = usual();
    capabilities["textDocument"]["documentSymbol"] = json!({});
    let mut session = Session::with("clean", capabilities);
    let params = json!({ "textDocument": { "uri": session.uri(CONF) } });
    let flat = session.client.request("textDocument/documentSymbol", params).unwrap();
    assert_eq!(
        (&flat[1]["name"], &flat[1]["containerName"]),
        (&json!("environment"), &json!("program:tile-server"))
    );
    assert_eq!(session.client.finish().code(), Some(0));
}

/// A script with three findings that can be mended safely, two of one rule.
fn fixable(session: &mut Session) -> (String, String) {
    let uri = session.uri(PROVISIONING);
    let text = session.text(PROVISIONING).replace("uv pip install", "pip install");
    session.client.open_file(&uri, &session.text(PROVISIONING));
    session.client.set_text(&uri, &text);
    session.client.until(&uri, "VL401", true);
    (uri, text)
}

fn line_of(text: &str, needle: &str) -> u64 {
    text[..text.find(needle).unwrap()].matches('\n').count() as u64
}

#[test]
fn code_actions_mend_suppress_and_explain() {
    let mut session = Session::new("clean");
    let (uri, text) = fixable(&mut session);
    let line = line_of(&text, "pip install -r");
    let actions = session.actions(PROVISIONING, line, Value::Null);
    let titles: Vec<&str> = actions.iter().map(|action| action["title"].as_str().unwrap()).collect();
    // Whether the rule has a fix of its own is the rule's business: what is offered has to work.
    let own: Vec<&Value> =
        actions.iter().filter(|action| action["title"].as_str().unwrap().ends_with("(VL401)")).collect();
    for action in &own {
        assert_eq!((&action["kind"], &action["isPreferred"]), (&json!("quickfix"), &json!(true)));
        assert_eq!(action["diagnostics"][0]["code"], "VL401");
        let mended = session.edited(PROVISIONING, &text, &action["edit"]);
        assert!(mended.contains("uv pip install -r") && mended.contains("\npip install torch"), "{mended}");
    }
    let suppress = titled(&actions, "Suppress bare-pip here");
    let edited = session.edited(PROVISIONING, &text, &suppress["edit"]);
    assert!(edited.contains("# vastlint: ignore[bare-pip] TODO: say why\npip install -r"), "{edited}");
    let version = suppress["edit"]["documentChanges"][0]["textDocument"]["version"].clone();
    assert_eq!(version, 2, "the edit is for the text that is open");
    let before = session.client.published[&uri].iter().filter(|item| item["code"] == "VL401").count();
    session.client.set_text(&uri, &edited);
    session
        .client
        .published(&uri, |items| items.iter().filter(|item| item["code"] == "VL401").count() == before - 1);
    let page = titled(&actions, "Open the page of bare-pip");
    session.client.request("workspace/executeCommand", page["command"].clone()).unwrap();
    session.client.settle();
    let shown = &session.client.asked["window/showDocument"][0];
    assert!(shown["uri"].as_str().unwrap().ends_with("docs/rules/bare-pip.md"), "{shown}");
    let explained = session.client.request(
        "workspace/executeCommand",
        json!({ "command": "vastlint.explain", "arguments": ["VL401"] }),
    );
    assert!(explained.unwrap().as_str().unwrap().contains("bare-pip"));
    assert!(!titles.is_empty());
    assert_eq!(session.client.finish().code(), Some(0));
}

/// The findings that the command reports on a repository: path, code, start.
fn fresh(root: &Path) -> Vec<Value> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_vastlint"))
        .args(["--format", "json", "--no-baseline"])
        .current_dir(root)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn fix_all_does_what_the_command_does() {
    for resolves in [true, false] {
        let mut capabilities = usual();
        if !resolves {
            capabilities["textDocument"]["codeAction"] = json!({});
        }
        let mut session = Session::with("broken", capabilities);
        let fixable: Vec<String> = fresh(&session.root)
            .iter()
            .filter(|one| one["fixable"] == json!(true))
            .map(|one| one["path"].as_str().unwrap().to_owned())
            .collect();
        let mut paths = fixable.clone();
        paths.dedup();
        assert!(!paths.is_empty());
        let mut changed = 0;
        for path in &paths {
            let (uri, text) = (session.uri(path), session.text(path));
            session.client.open_file(&uri, &text);
            let actions = session.actions(path, 0, json!(["source.fixAll"]));
            // The command, on a copy.
            let (_folder, copy) = fixture("broken");
            let status = std::process::Command::new(env!("CARGO_BIN_EXE_vastlint"))
                .args(["--fix", "--quiet", "--no-baseline", path])
                .current_dir(&copy)
                .output()
                .unwrap();
            assert!(status.status.code().is_some_and(|code| code < 2), "{status:?}");
            let expected = fs::read_to_string(copy.join(path)).unwrap();
            let Some(action) = actions.first() else {
                assert_eq!(expected, text, "{path}");
                continue;
            };
            assert_eq!(action["kind"], "source.fixAll.vastlint");
            if !action["edit"].is_object() {
                assert_eq!(expected, text, "only the mode: {action}");
                continue;
            }
            let fixed = session.edited(path, &text, &action["edit"]);
            assert_eq!(fixed, expected, "{path}");
            changed += usize::from(fixed != text);
            // The light bulb offers the same, and makes the edit when it is chosen.
            let line = session.client.published[&uri][0]["range"]["start"]["line"].as_u64().unwrap();
            let actions = session.actions(path, line, json!(["quickfix"]));
            let Some(all) =
                actions.iter().find(|one| one["title"].as_str().unwrap().starts_with("Make every safe fix"))
            else {
                continue;
            };
            if resolves {
                assert!(all["edit"].is_null());
                let resolved = session.client.request("codeAction/resolve", all.clone()).unwrap();
                assert_eq!(session.edited(path, &text, &resolved["edit"]), expected, "{path}");
            } else {
                session.client.request("workspace/executeCommand", all["command"].clone()).unwrap();
                session.client.settle();
                let asked = session.client.asked["workspace/applyEdit"].last().unwrap().clone();
                assert_eq!(session.edited(path, &text, &asked["edit"]), expected, "{path}");
            }
        }
        assert!(changed > 0, "{paths:?}");
        assert_eq!(session.client.finish().code(), Some(0));
    }
}
