//! The journey of one decision, as a newcomer runs it.

use super::run::run;

#[test]
fn the_demo_goes_to_its_end_and_keeps_every_file() {
    let folder = tempfile::tempdir().expect("folder");
    let got = run(folder.path(), &["demo", "--dir", "trial", "--lang", "en"]);
    assert_eq!(got.exit, Some(0), "{}{}", got.stdout, got.stderr);
    for step in 1..=12 {
        assert!(got.stdout.contains(&format!("\n{step}. ")), "step {step} is missing:\n{}", got.stdout);
    }
    assert!(got.stdout.contains("TOTAL-PASSED") && got.stdout.contains("TOTAL-FAILED"));
    for name in ["3-issued.pdf", "4-package.edxml", "5-receipt.json", "6-received", "7-tampered.pdf", "ca/root.pem"] {
        assert!(folder.path().join("trial").join(name).exists(), "{name}");
    }

    let again = run(folder.path(), &["demo", "--dir", "trial", "--lang", "en"]);
    assert_eq!(again.exit, Some(4), "{}{}", again.stdout, again.stderr);
}
