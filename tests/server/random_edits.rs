//! Ten thousand edits, and what the server then says is what a fresh run on the same text says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, fixture, uri, usual};

const EDITS: u32 = 10_000;

/// How often the server is let finish, and is compared.
const COMPARE_EVERY: u32 = 500;

/// Pseudorandom numbers, the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// What an edit may insert: what changes trees, quotes, encodings and line ends.
const PIECES: [&str; 24] = [
    "\n",
    " ",
    "\"",
    "'",
    "#",
    "\\\n",
    "$",
    "${X}",
    "\u{1F600}",
    "é",
    "\r\n",
    "fi\n",
    "if ",
    "EOL\n",
    "<< EOL\n",
    "pip install x\n",
    "RUN ",
    "FROM x\n",
    "needs: y\n",
    "- ",
    "    ",
    "[program:z]\n",
    "stopsignal=KILL\n",
    "# vastlint: ignore[bare-pip]\n",
];

struct Buffer {
    uri: String,
    path: String,
    text: String,
    original: String,
}

impl Buffer {
    /// A change in the protocol's words, made in the text as well.
    fn edit(&mut self, random: &mut Random) -> Value {
        // Files drift into nonsense; now and then somebody takes all of it back.
        if random.below(60) == 0 || self.text.len() > self.original.len() * 2 {
            self.text.clone_from(&self.original);
            return json!({ "text": self.text });
        }
        let start = self.boundary(random.below(self.text.len() + 1));
        let length = if random.below(2) == 0 { 0 } else { random.below(30) };
        let end = self.boundary((start + length).min(self.text.len()));
        let new = PIECES[random.below(PIECES.len())];
        let range = json!({ "start": self.position(start), "end": self.position(end) });
        self.text.replace_range(start..end, new);
        json!({ "range": range, "text": new })
    }

    /// A place where no character and no line end is cut: a position cannot tell the middle of them.
    fn boundary(&self, mut offset: usize) -> usize {
        let splits =
            |offset: usize| self.text[..offset].ends_with('\r') && self.text[offset..].starts_with('\n');
        while !self.text.is_char_boundary(offset) || splits(offset) {
            offset -= 1;
        }
        offset
    }

    fn position(&self, offset: usize) -> Value {
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        json!({
            "line": before.matches('\n').count(),
            "character": before[start..].encode_utf16().count(),
        })
    }
}

/// A finding as both sides tell it.
type Finding = (String, String, u64, String);

fn of_server(client: &Client, root: &Path) -> BTreeMap<Finding, usize> {
    let mut all = BTreeMap::new();
    let root = uri(root);
    for (uri, items) in &client.published {
        let path = uri.strip_prefix(&root).unwrap()[1..].replace("%20", " ");
        for item in items {
            let message = item["message"].as_str().unwrap().lines().next().unwrap().to_owned();
            let line = item["range"]["start"]["line"].as_u64().unwrap() + 1;
            *all.entry((path.clone(), item["code"].as_str().unwrap().to_owned(), line, message))
                .or_default() += 1;
        }
    }
    all
}

fn of_command(root: &Path, buffers: &[Buffer]) -> BTreeMap<Finding, usize> {
    for buffer in buffers {
        fs::write(root.join(&buffer.path), &buffer.text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_vastlint"))
        .args(["--format", "json"])
        .current_dir(root)
        .output()
        .unwrap();
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let mut all = BTreeMap::new();
    for one in findings {
        let text = |key: &str| one[key].as_str().unwrap().to_owned();
        let message = text("message").lines().next().unwrap().to_owned();
        *all.entry((text("path"), text("code"), one["line"].as_u64().unwrap(), message)).or_default() += 1;
    }
    all
}

#[test]
fn ten_thousand_edits_lead_to_what_a_fresh_run_finds() {
    let (_folder, root) = fixture("clean");
    let (_other, scratch) = fixture("clean");
    let mut client = Client::open(&root, usual());
    let paths = [
        "derivatives/tile-server/Dockerfile",
        "derivatives/tile-server/ROOT/etc/supervisor/conf.d/tile-server.conf",
        "derivatives/tile-server/ROOT/opt/supervisor-scripts/tile-server.sh",
        "external/chat-server/Dockerfile",
        "derivatives/pytorch/provisioning_scripts/voice-lab.sh",
        ".github/workflows/build-tile-server.yml",
        "derivatives/pytorch/derivatives/upscaler/templates/upscaler/template.yml",
        "ROOT/opt/supervisor-scripts/utils/logging.sh",
        "README.md",
    ];
    let mut buffers: Vec<Buffer> = paths
        .iter()
        .map(|path| {
            let original = fs::read_to_string(root.join(path)).unwrap();
            Buffer { uri: uri(&root.join(path)), path: (*path).to_owned(), text: original.clone(), original }
        })
        .collect();
    for buffer in &buffers {
        client.open_file(&buffer.uri, &buffer.text);
    }
    let mut random = Random(0x5EED_0BAD_CAFE);
    let mut done = 0;
    while done < EDITS {
        let at = random.below(buffers.len());
        let buffer = &mut buffers[at];
        // A change may have several parts, as from several cursors.
        let count = 1 + random.below(3) as u32;
        let changes: Vec<Value> = (0..count).map(|_| buffer.edit(&mut random)).collect();
        client.change(&buffer.uri, json!(changes));
        let before = done;
        done += count;
        if before / COMPARE_EVERY != done / COMPARE_EVERY || done >= EDITS {
            client.settle();
            let (server, command) = (of_server(&client, &root), of_command(&scratch, &buffers));
            let only = |a: &BTreeMap<Finding, usize>, b: &BTreeMap<Finding, usize>| -> Vec<Finding> {
                a.iter()
                    .filter(|(one, count)| b.get(*one) != Some(count))
                    .map(|(one, _)| one.clone())
                    .collect()
            };
            let (more, less) = (only(&server, &command), only(&command, &server));
            assert!(
                more.is_empty() && less.is_empty(),
                "after {done} edits\nserver: {more:#?}\ncommand: {less:#?}"
            );
        }
    }
    assert!(client.log.is_empty(), "process {}: {:?}", client.pid(), client.log);
    client.forget();
    assert_eq!(client.finish().code(), Some(0));
}
