//! `needs.<job>` and `jobs.<job>`

use std::rc::Rc;

use vastlint_text::Span;

use super::known::{Declared, Known};
use super::{Checker, EMPTY, Fault, Remedy, suggestion};
use crate::callees::{Callee, called_workflow, keys};
use crate::expressions::Read;
use crate::workflows::waits_for;

impl<'a> Checker<'a> {
    pub(super) fn needs(&mut self, read: &Read<'_>) {
        let (Some(job), Some(name)) = (read.place.job, read.name(1)) else { return };
        let here = self.jobs[job].name;
        let Some(&target) = self.by_name.get(&name.to_ascii_lowercase()) else {
            let others = self.jobs.iter().map(|job| job.name).filter(|other| *other != here);
            let help =
                suggestion(name, others, "the jobs of this workflow are", "this workflow has no other job");
            let needed = self.jobs[job].needs.iter().map(|need| need.name);
            let remedy = Remedy::slip(name, needed, |meant| self.has_output(meant, read));
            let fault = Fault {
                remedy,
                ..Fault::new(
                    format!("`{}` names no job of this workflow", read.path(1)),
                    format!("no job `{name}`"),
                    EMPTY,
                    help,
                )
            };
            self.fault(read, 1, fault);
            return;
        };
        if !self.jobs[job].needs.iter().any(|need| need.name.eq_ignore_ascii_case(name)) {
            let mut all: Vec<&str> = self.jobs[job].needs.iter().map(|need| need.name).collect();
            all.push(self.jobs[target].name);
            let help = format!("write in `{here}`: needs: [{}]", all.join(", "));
            let other = self.jobs[target].name;
            let may_wait = !here.eq_ignore_ascii_case(other)
                && !waits_for(self.yaml, other, here)
                && self.has_output(other, read);
            let fault = Fault {
                remedy: may_wait.then(|| Remedy::Need(job, other.to_owned())),
                related: self
                    .key_of(target)
                    .map(|span| (self.document, span, format!("`{here}` has to wait for this job"))),
                ..Fault::new(
                    format!("the job `{here}` reads `{}` without waiting for that job", read.path(1)),
                    format!("`{name}` is not among the needs of `{here}`"),
                    "GitHub fills `needs` with the jobs named in `needs:` alone; of any other job everything is empty, and a condition on it never holds",
                    help,
                )
            };
            self.fault(read, 1, fault);
            return;
        }
        self.job_output(read, target);
    }

    /// `needs.<job>.outputs.<name>`, and `jobs.<job>.outputs.<name>`.
    fn job_output(&mut self, read: &Read<'_>, target: usize) {
        let job = self.jobs[target].name;
        match read.name(2) {
            Some(property)
                if !["outputs", "result"].iter().any(|known| property.eq_ignore_ascii_case(known)) =>
            {
                let fault = Fault::new(
                    format!("`{}` does not exist: a job has `outputs` and a `result`", read.path(2)),
                    "neither `outputs` nor `result`",
                    EMPTY,
                    format!("write `{}.outputs.{property}` or `{}.result`", read.path(1), read.path(1)),
                );
                self.fault(read, 2, fault);
            }
            Some(property) if property.eq_ignore_ascii_case("outputs") => {
                let Some(output) = read.name(3) else { return };
                let Some(declared) = self.outputs_of_job(target) else { return };
                let (known, (document, span)) = (&declared.0, declared.1);
                if known.has(output) {
                    return;
                }
                let help = suggestion(
                    output,
                    known.iter(),
                    &format!("the outputs of `{job}` are"),
                    &format!("declare it below `outputs:` of the job `{job}`"),
                );
                let fault = Fault {
                    remedy: Remedy::slip(output, known.iter(), |_| true),
                    related: Some((document, span, format!("no output `{output}` is declared here"))),
                    ..Fault::new(
                        format!("the job `{job}` hands on no output `{output}`"),
                        format!("`{job}` declares no such output"),
                        EMPTY,
                        help,
                    )
                };
                self.fault(read, 3, fault);
            }
            _ => {}
        }
    }

    /// Whether a job hands on what a reference reads of it.
    fn has_output(&self, job: &str, read: &Read<'_>) -> bool {
        let Some(&job) = self.by_name.get(&job.to_ascii_lowercase()) else { return false };
        match (read.name(2), read.name(3)) {
            (Some(property), Some(output)) if property.eq_ignore_ascii_case("outputs") => {
                self.outputs_of_job(job).is_some_and(|declared| declared.0.has(output))
            }
            (Some(property), _) => {
                property.eq_ignore_ascii_case("result") || property.eq_ignore_ascii_case("outputs")
            }
            (None, _) => true,
        }
    }

    /// The outputs that a job declares, and where.
    fn outputs_of_job(&self, job: usize) -> Option<Rc<Declared<'a>>> {
        self.jobs[job].declared.get_or_init(|| self.find_outputs(job).map(Rc::new)).clone()
    }

    fn find_outputs(&self, job: usize) -> Option<Declared<'a>> {
        let (yaml, job) = (self.yaml, &self.jobs[job]);
        // Half-written jobs are the parser's business.
        if !yaml.is_mapping(job.node) {
            return None;
        }
        if let Some(uses) = yaml.get(job.node, "uses") {
            let Callee::Local(document, called) = called_workflow(self.project, yaml.text(uses)?) else {
                return None;
            };
            let on = called.get(called.root()?, "on")?;
            let call = called.entry(on, "workflow_call")?;
            return match called.entry(call.value, "outputs") {
                Some(outputs) => {
                    Some((Known::of(keys(called, outputs.value)?), (document, called.span(outputs.key))))
                }
                None => Some((Known::default(), (document, called.span(call.key)))),
            };
        }
        match yaml.entry(job.node, "outputs") {
            Some(outputs) => {
                Some((Known::of(keys(yaml, outputs.value)?), (self.document, yaml.span(outputs.key))))
            }
            None => Some((Known::default(), (self.document, yaml.span(job.entry?.key)))),
        }
    }

    pub(super) fn jobs(&mut self, read: &Read<'_>) {
        let Some(name) = read.name(1) else { return };
        if let Some(&target) = self.by_name.get(&name.to_ascii_lowercase()) {
            self.job_output(read, target);
            return;
        }
        let names = self.jobs.iter().map(|job| job.name);
        let remedy = Remedy::slip(name, names, |meant| self.has_output(meant, read));
        let help =
            suggestion(name, self.jobs.iter().map(|job| job.name), "the jobs of this workflow are", "");
        let message = format!("`{}` names no job of this workflow", read.path(1));
        let fault = Fault { remedy, ..Fault::new(message, format!("no job `{name}`"), EMPTY, help) };
        self.fault(read, 1, fault);
    }

    pub(super) fn key_of(&self, job: usize) -> Option<Span> {
        self.jobs[job].entry.map(|entry| self.yaml.span(entry.key))
    }
}
