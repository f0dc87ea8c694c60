//! URIs of the protocol and paths of files.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;
use url::Url;

/// The path of a `file:` URI, percent signs decoded; `None` for any other URI.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let url = Url::parse(uri.as_str()).ok()?;
    (url.scheme() == "file").then(|| url.to_file_path().ok()).flatten()
}

/// The URI of an absolute path.
pub(crate) fn uri_of(path: &Path) -> Option<Uri> {
    Uri::from_str(Url::from_file_path(path).ok()?.as_str()).ok()
}

/// The absolute path with the links among its folders followed, as far as it exists: so that one file has one path.
pub(crate) fn real(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut folder = path;
    loop {
        // A link is a place of its own: it is listed, and never followed.
        if let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) {
            rest.push(name);
            folder = parent;
            if let Ok(real) = folder.canonicalize() {
                return rest.iter().rev().fold(real, |path, part| path.join(part));
            }
        } else {
            return path.to_owned();
        }
    }
}

/// A path below a folder as vastlint writes it: `/`-separated.
pub(crate) fn relative(root: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn paths_with_blanks_and_percent_signs_come_back() {
        for path in ["/a b/c%20d/é#?.sh", "/x/Dockerfile"] {
            let uri = uri_of(Path::new(path)).expect("it is absolute");
            assert!(!uri.as_str().contains(' '), "{}", uri.as_str());
            assert_eq!(path_of(&uri), Some(PathBuf::from(path)));
        }
        let encoded = Uri::from_str("file:///a%20b/%C3%A9").expect("it is a URI");
        assert_eq!(path_of(&encoded), Some(PathBuf::from("/a b/é")));
        let untitled = Uri::from_str("untitled:Untitled-1").expect("it is a URI");
        assert_eq!(path_of(&untitled), None);
    }

    #[test]
    fn paths_are_told_from_their_root() {
        assert_eq!(relative(Path::new("/a"), Path::new("/a/b/c")), Some("b/c".to_owned()));
        assert_eq!(relative(Path::new("/a"), Path::new("/a")), None);
        assert_eq!(relative(Path::new("/a"), Path::new("/ab/c")), None);
    }
}
