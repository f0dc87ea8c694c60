//! `steps.<id>`

use std::rc::Rc;

use super::known::Known;
use super::{Checker, EMPTY, Fault, Remedy, suggestion};
use crate::callees::step_outputs;
use crate::expressions::Read;

impl Checker<'_> {
    pub(super) fn steps(&mut self, read: &Read<'_>) {
        let Some(id) = read.name(1) else { return };
        // The outputs of a composite action stand outside its steps.
        let job = read.place.job.unwrap_or(0);
        let Some(owner) = self.jobs.get(job) else { return };
        let lower = id.to_ascii_lowercase();
        let Some(&target) = owner.step_by_id.get(&lower) else {
            self.unknown_step(read, id, job);
            return;
        };
        if let Some(step) = read.place.step
            && target >= step
        {
            let place = self.jobs[job].steps[target].id.map(|id| id.span);
            let when = if target == step { "itself" } else { "a later step" };
            let fault = Fault {
                related: place.map(|span| (self.document, span, "runs no earlier".to_owned())),
                ..Fault::new(
                    format!("a step reads `{}` of {when}", read.path(1)),
                    "nothing is there yet",
                    "a step sees what the steps before it have handed on; everything else is empty",
                    format!("move the step `{id}` above this one"),
                )
            };
            self.fault(read, 1, fault);
            return;
        }
        self.step_output(read, job, target);
    }

    fn unknown_step(&mut self, read: &Read<'_>, id: &str, job: usize) {
        let elsewhere = self.jobs.iter().enumerate().find_map(|(index, other)| {
            let step = *other.step_by_id.get(&id.to_ascii_lowercase())?;
            (index != job).then_some((other.name, other.steps[step].id?.span))
        });
        let fault = if let Some((other, span)) = elsewhere {
            Fault {
                related: Some((self.document, span, format!("stands in the job `{other}`"))),
                ..Fault::new(
                    format!("the step `{id}` stands in another job"),
                    format!("this job has no step `{id}`"),
                    "a job sees its own steps alone; what it reads of others is empty",
                    format!(
                        "declare it below `outputs:` of `{other}`, and read `needs.{other}.outputs.<name>`"
                    ),
                )
            }
        } else {
            let owner = self.jobs[job].name;
            let whose = if owner.is_empty() { "this action".to_owned() } else { format!("`{owner}`") };
            let help = suggestion(
                id,
                self.jobs[job].ids(),
                &format!("the steps of {whose} with an `id:` are"),
                &format!("write `id: {id}` in the step that is meant"),
            );
            let message = format!("no step of {whose} has the id `{id}`");
            let before = read.place.step.unwrap_or(usize::MAX);
            let steps = &self.jobs[job].steps;
            let earlier: Vec<&str> =
                steps.iter().take(before).filter_map(|step| step.id.map(|id| id.name)).collect();
            let remedy = Remedy::slip(id, earlier, |meant| self.has_step_output(job, meant, read));
            Fault { remedy, ..Fault::new(message, "no such step", EMPTY, help) }
        };
        self.fault(read, 1, fault);
    }

    /// Whether a step hands on what a reference reads of it.
    fn has_step_output(&self, job: usize, id: &str, read: &Read<'_>) -> bool {
        let owner = &self.jobs[job];
        let Some(&target) = owner.step_by_id.get(&id.to_ascii_lowercase()) else { return false };
        let Some(output) = read.name(3) else { return true };
        let names = step_outputs(self.project, self.document, self.yaml, &owner.steps[target]);
        names.is_some_and(|names| names.iter().any(|name| name.eq_ignore_ascii_case(output)))
    }

    fn step_output(&mut self, read: &Read<'_>, job: usize, target: usize) {
        const PROPERTIES: [&str; 3] = ["outputs", "outcome", "conclusion"];
        let Some(property) = read.name(2) else { return };
        if !PROPERTIES.iter().any(|known| property.eq_ignore_ascii_case(known)) {
            let fault = Fault::new(
                format!(
                    "`{}` does not exist: a step has `outputs`, an `outcome` and a `conclusion`",
                    read.path(2)
                ),
                "not a property of a step",
                EMPTY,
                format!("write `{}.outputs.{property}`", read.path(1)),
            );
            self.fault(read, 2, fault);
            return;
        }
        let Some(output) = read.name(3) else { return };
        if !property.eq_ignore_ascii_case("outputs") {
            return;
        }
        let (project, document, yaml) = (self.project, self.document, self.yaml);
        let owner = &mut self.jobs[job];
        let step = owner.steps[target];
        let known = owner.outputs.entry(target).or_insert_with(|| {
            step_outputs(project, document, yaml, &step).map(|names| Rc::new(Known::of(names)))
        });
        let Some(known) = known.clone().filter(|known| !known.has(output)) else { return };
        let id = step.id.map_or("", |id| id.name);
        let otherwise = match step.uses {
            Some(uses) => format!("declare it below `outputs:` of `{}`", uses.name),
            None => format!("write in the step: echo \"{output}=<value>\" >> $GITHUB_OUTPUT"),
        };
        let help = suggestion(output, known.iter(), &format!("the outputs of `{id}` are"), &otherwise);
        let label = match step.uses {
            Some(uses) => format!("`{}` declares no such output", uses.name),
            None => format!("no line of the step's script writes `{output}=`"),
        };
        let place = step.uses.map(|uses| uses.span).or(step.id.map(|id| id.span));
        let fault = Fault {
            remedy: Remedy::slip(output, known.iter(), |_| true),
            related: place.map(|span| (self.document, span, label)),
            ..Fault::new(format!("the step `{id}` has no output `{output}`"), "never set", EMPTY, help)
        };
        self.fault(read, 3, fault);
    }
}
