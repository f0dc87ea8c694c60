//! Checkstyle's XML, which many tools read.

use std::io::{self, Write};

use vastlint_engine::Report;

use super::sentences::sentences;
use super::xml;
use crate::escape::printable;

/// Writes all findings.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    xml::document(out, |writer| {
        let root = writer.create_element("checkstyle").with_attribute(("version", "4.3"));
        if report.diagnostics.is_empty() {
            return root.write_empty().map(drop);
        }
        let files = report.diagnostics.chunk_by(|a, b| a.primary.file == b.primary.file);
        root.write_inner_content(|writer| {
            for group in files {
                let path = printable(&report.file(group[0].primary.file).path);
                let file = writer.create_element("file").with_attribute(("name", &*path));
                file.write_inner_content(|writer| {
                    for diagnostic in group {
                        let (start, _) = report.position(&diagnostic.primary);
                        let source = format!("vastlint.{}.{}", diagnostic.rule.code, diagnostic.rule.name);
                        writer
                            .create_element("error")
                            .with_attribute(("line", start.line.to_string().as_str()))
                            .with_attribute(("column", start.column.to_string().as_str()))
                            .with_attribute(("severity", diagnostic.severity.name()))
                            .with_attribute(("message", sentences(diagnostic).as_str()))
                            .with_attribute(("source", source.as_str()))
                            .write_empty()?;
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })?;
        Ok(())
    })
}
