//! Small repositories in temporary folders, and runs of the command in them.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A repository; removed at the end of the test.
pub(crate) struct Repository {
    folder: TempDir,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        Self { folder }
    }

    /// One image with an error (no labels, no `PROC_NAME`), a warning (plain pip) and an info (a single command
    /// without strict mode).
    pub(crate) fn faulty() -> Self {
        Self::new()
            .file("external/app/Dockerfile", "FROM vastai/base-image:x\nRUN pip install foo\n")
            .file("external/app/ROOT/etc/supervisor/conf.d/app.conf", "[program:app]\ncommand=/opt/app.sh\n")
    }

    #[must_use]
    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The command, to be run at the root of the repository.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.current_dir(self.path()).args(arguments);
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI", "RUST_BACKTRACE"]
            .into_iter()
            .chain(["VASTLINT_CONFIG", "VASTLINT_EDITION", "VASTLINT_FORMAT"])
        {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(&mut self.command(arguments))
    }
}

pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_vastlint"))
}

pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        exit: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Run {
    /// The findings of a JSON run: code and path.
    pub(crate) fn findings(&self) -> Vec<(String, String)> {
        let findings: serde_json::Value = serde_json::from_str(&self.out).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        findings.as_array().unwrap().iter().map(|one| (text(&one["code"]), text(&one["path"]))).collect()
    }
}
