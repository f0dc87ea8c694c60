//! `env.<name>`

use std::rc::Rc;

use vastlint_model::Kind;

use super::known::Known;
use super::{Checker, Fault, Remedy, suggestion};
use crate::callees::{Environment, keys};
use crate::expressions::Read;
use crate::glob::lists;
use crate::names::nearest;

/// What the environment of a job may hold.
pub(super) struct Environs {
    /// What is set below `env:` of the workflow and the job, or written by steps.
    pub(super) known: Known,
    /// Whether something may set others.
    pub(super) is_open: bool,
}

impl Checker<'_> {
    pub(super) fn env(&mut self, read: &Read<'_>) {
        // An action and a called workflow may get their environment from elsewhere.
        if self.document.kind != Kind::Workflow {
            return;
        }
        let (Some(job), Some(name)) = (read.place.job, read.name(1)) else { return };
        let environs = self.environs(job);
        let of_step = read.place.step.map(|step| self.step_environment(job, step));
        let Some(of_step) = of_step.map_or(Some(None), |of_step| of_step.map(Some)) else { return };
        let in_step = || of_step.iter().flat_map(|known| known.iter());
        if environs.known.has(name) || of_step.as_ref().is_some_and(|known| known.has(name)) {
            return;
        }
        let meant = nearest(name, in_step().chain(environs.known.iter()));
        // An action may have set it; a name that is nearly another one hints at a slip all the same.
        if environs.is_open && meant.is_none_or(|meant| strsim::levenshtein(meant, name) > 2) {
            return;
        }
        let owner = self.jobs[job].name;
        let help = suggestion(
            name,
            in_step().chain(environs.known.iter()),
            "what is set here is",
            &format!("set it below `env:`, or in a step before: echo \"{name}=<value>\" >> $GITHUB_ENV"),
        );
        let fault = Fault {
            remedy: Remedy::slip(name, in_step().chain(environs.known.iter()), |_| true),
            variant: Some("env"),
            ..Fault::new(
                format!("nothing sets `{name}` in the environment of `{owner}`"),
                "never set",
                "the value is empty; variables that another job or a script sets for itself are not seen here",
                help,
            )
        };
        self.fault(read, 1, fault);
    }

    /// The variables below `env:` of a step. `None` where an expression makes them.
    fn step_environment(&mut self, job: usize, step: usize) -> Option<Rc<Known>> {
        let yaml = self.yaml;
        let owner = &mut self.jobs[job];
        let node = owner.steps.get(step).map(|step| step.node);
        owner
            .step_environments
            .entry(step)
            .or_insert_with(|| {
                let variables = node.and_then(|node| yaml.get(node, "env"));
                let names = variables.map_or(Some(Vec::new()), |variables| keys(yaml, variables));
                names.map(|names| Rc::new(Known::of(names)))
            })
            .clone()
    }

    /// What the environment of a job may hold.
    fn environs(&mut self, job: usize) -> Rc<Environs> {
        if let Some(environs) = &self.jobs[job].environment {
            return Rc::clone(environs);
        }
        let (yaml, node) = (self.yaml, self.jobs[job].node);
        let closed = &self.contract.references.actions_without_environment;
        let is_closed = |uses: &str| lists(closed, uses.split('@').next().unwrap_or_default());
        let mut environment = Environment::default();
        environment.add(self.project, self.document, yaml, node, &is_closed);
        let mut known = Known::of(&environment.names);
        let mut is_open = environment.is_open;
        for owner in yaml.root().into_iter().chain([node]) {
            let Some(variables) = yaml.get(owner, "env") else { continue };
            match keys(yaml, variables) {
                Some(names) => names.into_iter().for_each(|name| known.add(name)),
                None => is_open = true,
            }
        }
        let environs = Rc::new(Environs { known, is_open });
        self.jobs[job].environment = Some(Rc::clone(&environs));
        environs
    }
}
