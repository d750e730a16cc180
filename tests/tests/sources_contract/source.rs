//! What a source says of itself, so that the contract can be checked.

use serde_json::Value;
use service_emulator::{Fault, Services};

use crate::world::World;

/// A source of raw data.
pub trait Source: Sync {
    /// The package and the program that fetches.
    fn program(&self) -> (&'static str, &'static str);

    /// Makes this source the only one of the demo's configuration. `url` is where the emulator is.
    fn configure(&self, configuration: &mut Value, url: &str);

    /// Lets the service have what the configuration names, without messages, and few rows a page.
    fn prepare(&self, services: &Services);

    /// Adds message `n` of person `n`, with the text `message <n>`, sent in this minute.
    fn add_message(&self, world: &World, n: usize, minute: usize);

    /// Lets everything that the service can say of people be one of the
    /// [sentinels](crate::sentinels). Gives whether the fetch still comes to a good end.
    fn plant_sentinels(&self, world: &World) -> bool;

    /// Whether the texts of messages are at this key of raw data.
    fn is_text(&self, key: &str) -> bool;

    /// Whether it asks a server for pages; if not, it reads whole files.
    fn asks_a_server(&self) -> bool {
        true
    }

    /// How many requests a fetch without news may make.
    fn most_requests_without_news(&self) -> usize;

    /// Lets the next fetch fail, each `nth` (1 to 4) in another way.
    fn break_in_way(&self, world: &World, nth: usize) {
        world.services().traffic.plan_from(nth, Fault::Status(403));
    }

    /// Undoes that.
    fn mend(&self, world: &World) {
        world.services().traffic.heal();
    }
}
