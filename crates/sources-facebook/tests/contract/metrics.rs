//! Engagement metrics: what there is, and what Facebook has retired.

use service_emulator::Fault;
use service_emulator::graph::GraphError;
use sources_facebook::MetricsFile;

use crate::world::World;

#[test]
fn a_retired_metric_is_empty_and_does_not_take_the_others_along() {
    let world = World::new(5);
    {
        let mut page = world.page.lock();
        page.posts[0].n_shares = 4;
        page.posts[0].n_hidden_comments = 2;
    }
    let fetched = world.fetch_all();
    let metrics = &fetched.metrics[0];
    assert_eq!((metrics.n_impressions, metrics.n_unique_impressions), (None, None));
    assert_eq!(metrics.n_engaged_users, None);
    assert_eq!((metrics.n_media_views, metrics.n_unique_media_views), (Some(900), Some(600)));
    assert_eq!((metrics.n_reactions, metrics.n_shares), (Some(15), Some(4)));
    assert_eq!((metrics.n_comments, metrics.n_visible_comments), (Some(7), 5));
    assert_eq!((&*metrics.post_type, &*fetched.metrics[1].post_type), ("photo", "text"));
    for retired in ["post_impressions", "post_impressions_unique", "post_engaged_users"] {
        let part = format!("metric={retired}&");
        assert_eq!(world.n_requests(&part), 1, "{retired} is not asked for a second time");
    }
}

#[test]
fn a_metric_that_is_still_there_is_taken() {
    let world = World::new(1);
    let metrics = &mut world.page.lock().posts[0].metrics.clone();
    metrics.insert("post_impressions".to_owned(), 1234);
    world.page.lock().posts[0].metrics.clone_from(metrics);
    assert_eq!(world.fetch_all().metrics[0].n_impressions, Some(1234));
}

#[test]
fn without_permission_metrics_are_empty_and_reactions_are_counted_otherwise() {
    let world = World::new(2);
    world.page.lock().allows_insights = false;
    let fetched = world.fetch_all();
    assert_eq!(fetched.metrics[0].n_media_views, None);
    assert_eq!(fetched.metrics[0].n_reactions, Some(15));
}

#[test]
fn metrics_that_cannot_be_had_now_do_not_lose_the_comments() {
    let world = World::new(2);
    world.emulator.services.traffic.plan("/insights", 1, usize::MAX, Fault::Status(503));
    let fetched = world.fetch();
    assert_eq!(fetched.failures.len(), 1);
    assert!(fetched.failures[0].to_string().contains("the metrics of dataset"));
    assert_eq!((fetched.without_metrics.len(), fetched.metrics.len()), (1, 0));
    assert_eq!(world.objects().len(), 4);
}

#[test]
fn an_expired_token_is_not_taken_for_a_metric_that_is_gone() {
    let world = World::new(2);
    world.emulator.services.graph.fail("/insights", 1, usize::MAX, GraphError::EXPIRED_TOKEN);
    assert_eq!(world.fetch().failures.len(), 1);
}

#[test]
fn the_file_has_the_columns_of_the_original_first() {
    let world = World::new(5);
    let mut file = MetricsFile::default();
    world.fetch_all().metrics.iter().for_each(|metrics| file.add(metrics));
    let path = world.directory.path().join("facebook_metrics.csv");
    file.write(&path).unwrap();
    let expected = "\
Page ID,Dataset,Post URL,Post Created Time,Post Text,Post Type,Post Impressions,Unique Post Impressions,Post Engaged Users,Total Comments,Visible (analysed) Comments,Reactions,Post Media Views,Unique Post Media Views,Post Shares
1000,facebook_e01,facebook.com/1000_1,2021-06-01T08:00:00+0000,What do you think? #gardens,photo,,,,5,5,15,900,600,0
1000,facebook_e01,facebook.com/1000_2,2021-06-01T08:00:00+0000,What do you think? #gardens,text,,,,5,5,15,900,600,0
";
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
}
