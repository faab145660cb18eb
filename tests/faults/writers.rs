//! Two that write to one folder.

use std::time::Duration;

use super::{Scene, signal, whole_run};

#[test]
fn of_two_that_train_into_one_folder_one_wins_and_the_other_says_who() {
    let scene = Scene::new();
    for _ in 0..3 {
        let spawn = || scene.train("run", 30_000, &["--force"]).spawn().unwrap();
        let mut pair = [spawn(), spawn()];
        let lost = loop {
            if let Some(i) = (0..2).find(|&i| pair[i].try_wait().unwrap().is_some()) {
                break i;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        while whole_run(&scene.path("run")).is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let [first, second] = pair;
        let (winner, loser) = if lost == 0 { (second, first) } else { (first, second) };
        let loser = loser.wait_with_output().unwrap();
        let said = String::from_utf8(loser.stderr).unwrap();
        assert_eq!(loser.status.code(), Some(1));
        assert!(said.contains(&format!("process {} is writing to it", winner.id())), "{said}");
        signal(&winner, "-INT");
        assert_eq!(winner.wait_with_output().unwrap().status.code(), Some(130));
        assert!(whole_run(&scene.path("run")).is_some());
    }
}
