//! VL641: see `rules/workflow/broken-needs.md`.

use std::collections::HashMap;

use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, Yaml};
use vastlint_text::Span;

use crate::names::{listed, nearest, slip};
use crate::workflows::{jobs, needs, waits_for};
use crate::yaml_edits::Editor;
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    if !context.project.is_template_repository() {
        return;
    }
    let Some((_, jobs)) = jobs(yaml) else { return };
    let name = |entry: &Entry| yaml.text(entry.key).unwrap_or_default();
    let by_name: HashMap<String, usize> =
        jobs.iter().enumerate().map(|(index, entry)| (name(entry).to_ascii_lowercase(), index)).collect();
    // Of each job the jobs that it waits for, with the place that says so.
    let mut waits: Vec<Vec<(usize, Span)>> = vec![Vec::new(); jobs.len()];
    for (index, entry) in jobs.iter().enumerate() {
        let here = name(entry);
        for need in needs(yaml, *entry) {
            if let Some(&target) = by_name.get(&need.name.to_ascii_lowercase()) {
                waits[index].push((target, need.span));
                continue;
            }
            // What an expression makes is not known; GitHub takes none here anyway.
            if need.name.contains("${{") {
                continue;
            }
            let others = || jobs.iter().map(name).filter(|other| *other != here);
            let help = match nearest(need.name, others()) {
                Some(meant) => format!("write `{meant}`"),
                None => format!("the other jobs of this workflow are {}", listed(others())),
            };
            sink.report(
                document,
                need.span,
                format!("the job `{here}` waits for `{}`, which does not exist", need.name),
                "no such job",
            )
            .why("GitHub refuses the whole workflow: no job of it runs")
            .help(help)
            .fix(slip(need.name, others()).and_then(|slip| {
                let editor = Editor::new(document, yaml);
                let list = yaml.entry(entry.value, "needs")?;
                let is_there = needs(yaml, *entry).iter().any(|other| other.name == slip.meant);
                if is_there {
                    let fix = ProposedFix::safe(format!("take `{}` out of `needs:`", need.name));
                    return editor.remove_item(fix, list.value, need.span);
                }
                if waits_for(yaml, slip.meant, here) {
                    return None;
                }
                let fix = ProposedFix::new(slip.applicability(), format!("write `{}`", slip.meant));
                match yaml.items(list.value).iter().find(|&&item| yaml.span(item) == need.span) {
                    Some(&item) => editor.set_item(fix, item, slip.meant),
                    None => editor.set(fix, list, slip.meant),
                }
            }));
        }
    }
    for circle in circles(&waits) {
        let names: Vec<&str> = circle.iter().map(|&(job, _)| name(&jobs[job])).collect();
        let (first, span) = circle[0];
        let here = name(&jobs[first]);
        let message = if circle.len() == 1 {
            format!("the job `{here}` waits for itself")
        } else {
            format!("the jobs {} wait for each other", listed(names.iter().copied()))
        };
        let finding = sink.report(document, span, message, "closes the circle");
        finding
            .why("GitHub refuses the whole workflow: none of these jobs could ever start")
            .help(format!("let `{here}` wait for jobs that come before it alone"));
        for &(_, span) in circle.iter().skip(1).take(3) {
            finding.related(Place::new(document, span), "part of the circle");
        }
    }
}

/// The circles among the jobs, each as the jobs on it with the place where each says what it waits for.
fn circles(waits: &[Vec<(usize, Span)>]) -> Vec<Vec<(usize, Span)>> {
    let mut open = vec![true; waits.len()];
    settle(waits, &mut open);
    let mut circles = Vec::new();
    while let Some(start) = open.iter().position(|open| *open) {
        // Each open job waits for an open one, so the way ends where it has been before.
        let mut way: Vec<(usize, Span)> = Vec::new();
        let mut at = start;
        let mut steps: HashMap<usize, usize> = HashMap::new();
        while let Some((next, span)) = waits[at].iter().copied().find(|&(next, _)| open[next]) {
            if steps.contains_key(&at) {
                break;
            }
            steps.insert(at, way.len());
            way.push((at, span));
            at = next;
        }
        let circle = way.split_off(steps.get(&at).copied().unwrap_or_default().min(way.len()));
        open[at] = false;
        for &(job, _) in &circle {
            open[job] = false;
        }
        if !circle.is_empty() {
            circles.push(circle);
        }
        settle(waits, &mut open);
    }
    circles
}

/// Closes every open job that waits for no open one, over and over.
fn settle(waits: &[Vec<(usize, Span)>], open: &mut [bool]) {
    let mut waited_by: Vec<Vec<usize>> = vec![Vec::new(); waits.len()];
    let mut left = vec![0_usize; waits.len()];
    for (job, targets) in waits.iter().enumerate().filter(|(job, _)| open[*job]) {
        for &(target, _) in targets.iter().filter(|&&(target, _)| open[target]) {
            waited_by[target].push(job);
            left[job] += 1;
        }
    }
    let mut free: Vec<usize> = (0..waits.len()).filter(|&job| open[job] && left[job] == 0).collect();
    while let Some(job) = free.pop() {
        open[job] = false;
        for &waiting in &waited_by[job] {
            left[waiting] -= 1;
            if left[waiting] == 0 {
                free.push(waiting);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_of(waits: &[&[usize]]) -> Vec<Vec<usize>> {
        let waits: Vec<Vec<(usize, Span)>> =
            waits.iter().map(|of| of.iter().map(|&target| (target, Span::empty(0))).collect()).collect();
        circles(&waits).into_iter().map(|circle| circle.into_iter().map(|(job, _)| job).collect()).collect()
    }

    #[test]
    fn circles_are_found() {
        assert!(circles_of(&[&[], &[0], &[0, 1], &[2]]).is_empty());
        assert_eq!(circles_of(&[&[0]]), [vec![0]]);
        assert_eq!(circles_of(&[&[], &[0, 2], &[3], &[1], &[1]]), [vec![1, 2, 3]]);
        assert_eq!(circles_of(&[&[1], &[0], &[3], &[2], &[0]]).len(), 2);
    }
}
