/// A reference to an image: `[registry/]repository[:tag][@digest]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageReference<'t> {
    /// The registry's host and port. `None`: Docker Hub, by default.
    pub registry: Option<&'t str>,
    /// The path of the repository as written, the registry excluded.
    pub repository: &'t str,
    /// The tag, without its colon.
    pub tag: Option<&'t str>,
    /// The digest, without its `@`.
    pub digest: Option<&'t str>,
}

impl<'t> ImageReference<'t> {
    /// Splits a reference as Docker does. It splits anything: whether the parts are well formed is not checked.
    #[must_use]
    pub fn parse(text: &'t str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match name[last..].split_once(':') {
            Some((base, tag)) => (&name[..last + base.len()], Some(tag)),
            None => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((host, path)) if Self::is_registry(host) => (Some(host), path),
            _ => (None, name),
        };
        Self { registry, repository, tag, digest }
    }

    /// The first part of a name is a registry where it cannot be a path: it has a dot or a colon, is `localhost`, or
    /// has upper-case letters.
    fn is_registry(part: &str) -> bool {
        part.contains(['.', ':']) || part == "localhost" || part.chars().any(char::is_uppercase)
    }

    /// Whether this is `scratch`, the empty base that is no image.
    #[must_use]
    pub fn is_scratch(&self) -> bool {
        self.registry.is_none() && self.repository == "scratch" && self.tag.is_none() && self.digest.is_none()
    }

    /// Registry and repository with Docker's defaults written out: `docker.io/library/ubuntu` for `ubuntu`. Tag and
    /// digest are left out.
    #[must_use]
    pub fn normalized_name(&self) -> String {
        let registry = match self.registry {
            None | Some("index.docker.io") => "docker.io",
            Some(registry) => registry,
        };
        let library = if registry == "docker.io" && !self.repository.contains('/') { "library/" } else { "" };
        format!("{registry}/{library}{}", self.repository)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, registry: Option<&str>, repository: &str, tag: Option<&str>, digest: Option<&str>) {
        assert_eq!(ImageReference::parse(text), ImageReference { registry, repository, tag, digest });
    }

    #[test]
    fn splits_as_docker_does() {
        check("ubuntu", None, "ubuntu", None, None);
        check("ubuntu:24.04", None, "ubuntu", Some("24.04"), None);
        check("library/ubuntu", None, "library/ubuntu", None, None);
        check("localhost/app", Some("localhost"), "app", None, None);
        check("localhost:5000/app", Some("localhost:5000"), "app", None, None);
        check("host:5000/a/b:1", Some("host:5000"), "a/b", Some("1"), None);
        check("ghcr.io/a/b@sha256:ab", Some("ghcr.io"), "a/b", None, Some("sha256:ab"));
        check("a/b:1@sha256:ab", None, "a/b", Some("1"), Some("sha256:ab"));
        check("Host/app", Some("Host"), "app", None, None);
        check("", None, "", None, None);
        check(":", None, "", Some(""), None);
    }

    #[test]
    fn defaults_written_out() {
        let normalized = |text| ImageReference::parse(text).normalized_name();
        assert_eq!(normalized("ubuntu:24.04"), "docker.io/library/ubuntu");
        assert_eq!(normalized("vastai/base-image"), "docker.io/vastai/base-image");
        assert_eq!(normalized("docker.io/ubuntu"), "docker.io/library/ubuntu");
        assert_eq!(normalized("index.docker.io/a/b"), "docker.io/a/b");
        assert_eq!(normalized("quay.io/a"), "quay.io/a");
        assert!(ImageReference::parse("scratch").is_scratch());
        assert!(!ImageReference::parse("scratch:1").is_scratch());
    }
}
