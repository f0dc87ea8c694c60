use vastlint_text::{SourceMap, Span};

use crate::SyntaxError;

/// A supervisord configuration file.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The sections in order of the file. A name may occur more than once: supervisord merges such sections.
    pub sections: Vec<Section>,
    /// Comments in order: those on lines of their own and those behind a value, from `;` or `#` to the end of the line.
    pub comments: Vec<Span>,
    /// What supervisord would refuse the file for, in order.
    pub errors: Vec<SyntaxError>,
}

/// A section: its header and the keys up to the next header.
#[derive(Clone, Debug)]
pub struct Section {
    /// From the `[` of the header to the end of the last key or value; the header alone where there is none.
    pub span: Span,
    /// The header with its brackets.
    pub header_span: Span,
    /// The name between the brackets.
    pub name_span: Span,
    /// The whole name, such as `program:my-app`.
    pub name: String,
    /// The keys in order. A key may occur more than once: the last one wins.
    pub keys: Vec<Key>,
}

/// What a section configures, read from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectionKind {
    /// `[supervisord]`
    Supervisord,
    /// `[supervisorctl]`
    Supervisorctl,
    /// `[unix_http_server]`
    UnixHttpServer,
    /// `[inet_http_server]`
    InetHttpServer,
    /// `[include]`
    Include,
    /// `[program:x]`
    Program,
    /// `[group:x]`
    Group,
    /// `[eventlistener:x]`
    EventListener,
    /// `[fcgi-program:x]`
    FcgiProgram,
    /// `[rpcinterface:x]`
    RpcInterface,
    /// `[ctlplugin:x]`
    CtlPlugin,
    /// `[DEFAULT]`, whose keys hold in every section that does not set them.
    Default,
    /// A name that supervisord reads over in silence.
    Unknown,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Key {
    /// From the first byte of the name to the last byte of the value (to the delimiter where the value is empty).
    pub span: Span,
    /// The name as supervisord stores it: in lower case.
    pub name: String,
    /// The name as written.
    pub name_span: Span,
    /// From the first to the last byte of the value, over every continuation line. Empty behind the delimiter where
    /// there is no value.
    pub value_span: Span,
    /// The value as supervisord sees it: comments cut off, lines trimmed and joined by newlines, nothing expanded.
    pub value: String,
    /// Leads from places in `value` to the file. [`Key::to_file`] is the way to use it.
    pub map: SourceMap,
}

impl Config {
    /// The sections of a kind, in order.
    pub fn sections_of(&self, kind: SectionKind) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(move |section| section.kind() == kind)
    }
}

impl Section {
    /// What the section configures.
    pub fn kind(&self) -> SectionKind {
        let prefix = self.name.split_once(':').map(|(prefix, _)| prefix);
        match (prefix, self.name.as_str()) {
            (None, "supervisord") => SectionKind::Supervisord,
            (None, "supervisorctl") => SectionKind::Supervisorctl,
            (None, "unix_http_server") => SectionKind::UnixHttpServer,
            (None, "inet_http_server") => SectionKind::InetHttpServer,
            (None, "DEFAULT") => SectionKind::Default,
            (None, "include") => SectionKind::Include,
            (Some("program"), _) => SectionKind::Program,
            (Some("group"), _) => SectionKind::Group,
            (Some("eventlistener"), _) => SectionKind::EventListener,
            (Some("fcgi-program"), _) => SectionKind::FcgiProgram,
            (Some("rpcinterface"), _) => SectionKind::RpcInterface,
            (Some("ctlplugin"), _) => SectionKind::CtlPlugin,
            _ => SectionKind::Unknown,
        }
    }

    /// What stands behind the colon of a name such as `program:my-app`, trimmed as supervisord trims it.
    pub fn instance_name(&self) -> Option<&str> {
        self.name.split_once(':').map(|(_, name)| name.trim())
    }

    /// The name of the program that a `[program:x]` section configures.
    pub fn program_name(&self) -> Option<&str> {
        self.instance_name().filter(|_| self.kind() == SectionKind::Program)
    }

    /// The key that wins: the last of that name, which is given in lower case.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().rev().find(|key| key.name == name)
    }
}

impl Key {
    /// The bytes of the file under a span of the value.
    pub fn to_file(&self, span: Span) -> Span {
        if self.value.is_empty() { self.value_span } else { self.map.to_host(span) }
    }
}
