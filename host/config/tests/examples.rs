//! Every file in `configs/` loads without a remark, and shows what it promises.

use std::path::Path;

use config::load;

#[test]
fn every_example_loads_without_a_warning() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    let mut teams = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let env = |name: &str| name.ends_with("_API_KEY").then(|| "sk-test".to_owned());
        let plan = load(&path, &env).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(plan.warnings, [], "{}", path.display());
        teams.push(plan.agents.len());
    }
    teams.sort_unstable();
    assert_eq!(teams, [1, 2, 2, 3]);
}
