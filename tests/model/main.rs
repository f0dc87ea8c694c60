//! The project model over small repositories: images, programs, portals, workflows, provisioning templates.

use std::sync::Arc;

use vastlint_model::{ImageClass, Kind, Origin, Project, ProjectFile, ShellRole, classify, parse_file};
use vastlint_text::FileId;

fn project(files: &[(&str, &str)]) -> Project {
    let mut files = files.to_vec();
    files.sort_unstable();
    let mut documents = Vec::new();
    for (index, (path, text)) in files.iter().enumerate() {
        let first_line = || text.lines().next().map(str::to_owned);
        let Some(kind) = classify(path, first_line) else { continue };
        let first = documents.len() as u32;
        let parsed = parse_file(&Arc::from(*path), kind, Arc::from(*text));
        documents.extend(parsed.into_iter().map(|document| document.rebased(FileId(index as u32), first)));
    }
    let files =
        files.iter().map(|(path, _)| ProjectFile { path: (*path).into(), executable: false }).collect();
    Project::build(files, documents)
}

/// Kind, place on the instance and text of everything embedded, in order.
fn embedded(project: &Project) -> Vec<(Kind, Option<&str>, &str)> {
    let inside = project.documents.iter().filter(|document| document.origin != Origin::File);
    inside.map(|document| (document.kind, document.instance_path.as_deref(), &*document.text)).collect()
}

const fn shell(role: ShellRole) -> Kind {
    Kind::Shell(role)
}

#[test]
fn images_are_classed_by_place_and_by_base() {
    let project = project(&[
        ("Dockerfile", "ARG BASE=nvidia/cuda:12\nFROM ${BASE}\nCOPY ROOT /\n"),
        ("ROOT/opt/supervisor-scripts/caddy.sh", "#!/bin/bash\n"),
        ("Dockerfile.extend", "FROM vastai/base-image:x\n"),
        ("derivatives/pytorch/Dockerfile", "ARG VAST_BASE\nFROM ${VAST_BASE}\n"),
        ("derivatives/pytorch/derivatives/app/Dockerfile", "ARG B=vastai/pytorch:2.9\nFROM $B\n"),
        ("external/serve/Dockerfile", "FROM vastai/base-image:x AS vast_base_image\nFROM upstream/serve:1\n"),
        ("elsewhere/a/Dockerfile", "FROM docker.io/vastai/pytorch:2.9 AS one\nFROM one\n"),
        (
            "elsewhere/b/Dockerfile",
            "FROM vastai/base-image:x AS vast_base_image\nFROM other\nCOPY --from=vast_base_image /a /a\n",
        ),
        ("elsewhere/c/Dockerfile", "FROM ghcr.io/vastai/pytorch:2.9\n"),
        ("elsewhere/d/Dockerfile", "ARG UNKNOWN\nFROM $UNKNOWN\n"),
    ]);
    let images: Vec<(&str, ImageClass, Option<&str>)> = project
        .images
        .iter()
        .map(|image| {
            (&*image.directory, image.class, image.parent.map(|parent| &*project.images[parent].directory))
        })
        .collect();
    assert_eq!(
        images,
        [
            ("", ImageClass::Base, None),
            ("derivatives/pytorch", ImageClass::Derivative, None),
            ("derivatives/pytorch/derivatives/app", ImageClass::PytorchDerived, Some("derivatives/pytorch")),
            ("elsewhere/a", ImageClass::PytorchDerived, Some("derivatives/pytorch")),
            ("elsewhere/b", ImageClass::External, None),
            ("elsewhere/c", ImageClass::Other, None),
            ("elsewhere/d", ImageClass::Other, None),
            ("external/serve", ImageClass::External, None),
        ]
    );
}

#[test]
fn overlays_and_programs_are_tied_together() {
    let conf = |name: &str| format!("[program:{name}]\ncommand=/opt/supervisor-scripts/{name}.sh\n");
    let (app, caddy, gone) = (conf("app"), conf("caddy"), conf("gone"));
    let project = project(&[
        ("Dockerfile", "FROM x\n"),
        ("ROOT/opt/supervisor-scripts/caddy.sh", ""),
        ("derivatives/app/Dockerfile", "FROM vastai/base-image:1\n"),
        ("derivatives/app/ROOT/etc/supervisor/conf.d/app.conf", &app),
        ("derivatives/app/ROOT/etc/supervisor/conf.d/caddy.conf", &caddy),
        ("derivatives/app/ROOT_BASE/etc/supervisor/conf.d/gone.conf", &gone),
        ("derivatives/app/ROOT/opt/supervisor-scripts/app.sh", ""),
        ("derivatives/other/ROOT/opt/supervisor-scripts/gone.sh", ""),
    ]);
    let scripts: Vec<(&str, Option<&str>)> = project
        .programs
        .iter()
        .map(|program| (&*program.name, program.script.map(|script| &*project.document(script).path)))
        .collect();
    assert_eq!(
        scripts,
        [
            ("app", Some("derivatives/app/ROOT/opt/supervisor-scripts/app.sh")),
            ("caddy", Some("ROOT/opt/supervisor-scripts/caddy.sh")),
            ("gone", None),
        ]
    );
    let image = project.image_around("derivatives/app/ROOT/x").unwrap();
    let overlays: Vec<(&str, usize)> =
        image.overlays.iter().map(|overlay| (&*overlay.directory, overlay.files.len())).collect();
    assert_eq!(overlays, [("derivatives/app/ROOT", 3), ("derivatives/app/ROOT_BASE", 1)]);
}

#[test]
fn a_dockerfile_holds_shell_scripts_and_confs() {
    let project = project(&[(
        "external/a/Dockerfile",
        r#"FROM a
RUN one && \
    # a comment
    two
RUN ["bash", "-lc", "three \"x\""]
RUN <<EOF
four
EOF
RUN <<-'EOF' bash
	five
	EOF
RUN <<EOF
#!/usr/bin/env python3
print()
EOF
COPY <<EOF /etc/supervisor/conf.d/a.conf
[program:a]
EOF
COPY <<EOF /opt/supervisor-scripts/
#!/bin/bash
six
EOF
ONBUILD RUN seven
SHELL ["pwsh", "-c"]
RUN Get-Item
CMD ["sh", "-c", "eight"]
HEALTHCHECK CMD nine
"#,
    )]);
    let found = embedded(&project);
    let texts: Vec<(Kind, &str)> = found.iter().map(|(kind, _, text)| (*kind, text.trim())).collect();
    let run = shell(ShellRole::Run);
    assert_eq!(
        texts,
        [
            (run, "one &&     two"),
            (run, "three \"x\""),
            (run, "four"),
            (run, "<<-'EOF' bash\n\tfive\nEOF"),
            (run, "five"),
            (Kind::SupervisorConf, "[program:a]"),
            (shell(ShellRole::SupervisorScript), "#!/bin/bash\nsix"),
            (run, "seven"),
            (shell(ShellRole::ContainerCommand), "eight"),
        ]
    );
}

#[test]
fn documents_nest() {
    let source = "FROM a\nRUN <<'EOF'\nset -e\ncat > /opt/supervisor-scripts/a.sh <<'SCRIPT'\n#!/bin/bash\n\
                  cat > /etc/supervisor/conf.d/a.conf <<-CONF\n\t[program:a]\n\tCONF\nSCRIPT\nEOF\n";
    let project = project(&[("external/a/Dockerfile", source)]);
    let [_, run, script, conf] = &project.documents[..] else { panic!("{:?}", embedded(&project)) };
    assert_eq!(run.kind, shell(ShellRole::Run));
    assert_eq!(script.kind, shell(ShellRole::SupervisorScript));
    assert_eq!((conf.kind, &*conf.text), (Kind::SupervisorConf, "[program:a]\n"));
    let place = conf.map.to_host(vastlint_text::Span::new(0, 11));
    assert_eq!(place.text(source), "[program:a]");
    assert_eq!(project.outermost(conf.id).id, project.documents[0].id);
}

#[test]
fn a_script_holds_what_it_writes_and_what_it_runs() {
    let project = project(&[(
        "provisioning_scripts/a.sh",
        r"#!/bin/bash
cat > /opt/supervisor-scripts/a.sh << 'EOL'
echo $PROC_NAME
EOL
cat << EOL > /etc/supervisor/conf.d/a.conf
[program:a]
EOL
cat >> /etc/supervisor/conf.d/a.conf << EOL
command=\$HOME
EOL
sudo tee -a /etc/vast_boot.d/05-a.sh <<-EOL >/dev/null
	boot
	EOL
echo x > /opt/supervisor-scripts/utils/b.sh
cat /etc/motd - > /opt/supervisor-scripts/c.sh << EOL
part
EOL
sudo -u user bash -c 'one; two'
ssh host <<EOL
three
EOL
{
    cat > /tmp/page.html << EOL
<html>
EOL
}
",
    )]);
    assert_eq!(
        embedded(&project),
        [
            (shell(ShellRole::SupervisorScript), Some("/opt/supervisor-scripts/a.sh"), "echo $PROC_NAME\n"),
            (Kind::SupervisorConf, Some("/etc/supervisor/conf.d/a.conf"), "[program:a]\ncommand=$HOME\n"),
            (shell(ShellRole::BootScript), Some("/etc/vast_boot.d/05-a.sh"), "boot\n"),
            (shell(ShellRole::ProvisioningScript), None, "one; two"),
        ]
    );
    let fragments: Vec<bool> = project.documents[1..].iter().map(|document| document.fragment).collect();
    assert_eq!(fragments, [false, false, true, false]);
    assert_eq!((project.provisioning[0].scripts.len(), project.provisioning[0].confs.len()), (1, 1));
}

#[test]
fn shells_take_their_scripts_from_arguments_and_heredocs() {
    let project = project(&[(
        "tools/a.sh",
        "bash -c 'one'\nsh -lc \"two $x\"\nbash -euo pipefail -c 'three'\nbash -euo pipefail <<'E'\nfour\nE\n\
         bash -s a b <<E\nfive\nE\nsu user -c 'six'\nsu - user <<E\nseven\nE\neval 'eight'\n\
         bash build.sh -c 'release'\nbash build.sh <<E\nanswer\nE\ngcc -c 'file.c'\neval \"$x\" 'y'\nbash -c \"$script\"x\n",
    )]);
    let texts: Vec<&str> = embedded(&project).into_iter().map(|(_, _, text)| text.trim_end()).collect();
    assert_eq!(texts, ["one", "two $x", "three", "four", "five", "six", "seven", "eight"]);
}

#[test]
fn workflows_actions_and_manifests_hold_steps() {
    let project = project(&[
        (
            ".github/workflows/build-a.yml",
            "on: push\ndefaults:\n  run:\n    shell: sh\njobs:\n  a:\n    steps:\n      - run: |\n          one\n          two\n      - shell: python\n        run: print()\n      - run: \"three \\\n          four\"\n  b:\n    runs-on: windows-latest\n    defaults: { run: { shell: pwsh } }\n    steps:\n      - run: Get-Item\n",
        ),
        (
            ".github/actions/a/action.yml",
            "runs:\n  using: composite\n  steps:\n    - { run: five, shell: bash -e }\n",
        ),
        ("provisioning/a.yaml", "post_commands:\n  - six\n  - |\n    seven\n"),
    ]);
    let texts: Vec<(Kind, &str)> =
        embedded(&project).into_iter().map(|(kind, _, text)| (kind, text)).collect();
    let step = shell(ShellRole::Step);
    let command = shell(ShellRole::ManifestCommand);
    assert_eq!(
        texts,
        [(step, "five"), (step, "one\ntwo\n"), (step, "three four"), (command, "six"), (command, "seven\n")]
    );
}

#[test]
fn portal_lists_are_found_wherever_they_stand() {
    let value = "localhost:1111:11111:/:Instance Portal|localhost:7860:17860:/:App";
    let files = [
        ("a/Dockerfile", format!("FROM a\nENV PORTAL_CONFIG=\"{value}\"\n")),
        (
            "a/ROOT/etc/vast_boot.d/05-a-env.sh",
            format!(
                "export PORTAL_CONFIG=\"${{PORTAL_CONFIG:-{value}}}\"\n[[ -n $PORTAL_CONFIG ]] || PORTAL_CONFIG='{value}'\n"
            ),
        ),
        (
            "README.md",
            format!(
                "Run it with\n\n    docker run -e PORTAL_CONFIG=\"{value}\" image\n\nor set PORTAL_CONFIG=\"\".\n"
            ),
        ),
        ("templates/a/template.yml", format!("env:\n  PORTAL_CONFIG: \"{value}\"\n")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let project = project(&files);
    assert_eq!(project.portals.len(), 5);
    for portal in &project.portals {
        let document = project.document(portal.document);
        assert_eq!(document.slice(portal.span), value, "{}", document.path);
        assert_eq!(portal.entries.len(), 2);
    }
}

#[test]
fn workflows_know_their_images() {
    let project = project(&[
        ("external/a/Dockerfile", "FROM a\n"),
        ("external/ab/Dockerfile", "FROM a\n"),
        (
            ".github/workflows/build-a.yml",
            "on: push\njobs:\n  build:\n    steps:\n      - run: cd external/a && make\n",
        ),
        (".github/workflows/build-called.yml", "on:\n  workflow_call:\njobs: {}\n"),
        (".github/workflows/test.yml", "on: push\njobs: {}\n"),
    ]);
    assert_eq!(project.workflows.len(), 1);
    assert_eq!(project.workflows[0].images, [0]);
}

#[test]
fn a_repository_of_other_images_has_no_build_workflows() {
    let project = project(&[
        ("app/Dockerfile", "FROM debian\n"),
        (".github/workflows/build-app.yml", "on: push\njobs:\n  build:\n    steps: []\n"),
    ]);
    assert!(project.workflows.is_empty());
}
