//! Messages over time: by day, and by calendar week with how many people sent them.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate};
use rustc_hash::FxHashSet;

use crate::design::{Design, Standing};
use crate::objects::Messages;

/// No project lasts longer; times outside are mistakes of a clock, and would make endless graphs.
const MOST_DAYS: usize = 3660;

/// Radio show messages over time, those of people who withdrew their consent left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The offset from UTC in which days begin, that of the project's start.
    pub offset: FixedOffset,
    /// The first day with a message; `None` without messages.
    pub first_day: Option<NaiveDate>,
    /// Messages by day, from the first day with one to the last.
    pub days: Vec<u64>,
    /// Calendar weeks, from the first with a message to the last.
    pub weeks: Vec<Week>,
    /// When each message was sent, in microseconds since 1970, and whether it is relevant; sorted.
    sent: Vec<(i64, bool)>,
}

/// A calendar week, Monday to Sunday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// Its first day.
    pub monday: NaiveDate,
    /// Messages.
    pub n_messages: u64,
    /// Messages with a normal code.
    pub n_relevant_messages: u64,
    /// People who sent one.
    pub n_people: u64,
}

impl Timeline {
    /// Counts the messages in the days of a place with this offset from UTC.
    pub fn count(design: &Design, messages: &Messages, offset: FixedOffset) -> Self {
        let mut sent: Vec<(NaiveDate, usize)> = (0..messages.objects.len())
            .filter(|message| {
                messages.objects.reached(design, *message, &design.shows, Standing::Answered)
            })
            .filter_map(|message| {
                let instant = DateTime::from_timestamp_micros(messages.sent_at_micros[message])?;
                Some((instant.with_timezone(&offset).date_naive(), message))
            })
            .collect();
        sent.sort_unstable();
        let mut timeline =
            Self { offset, first_day: None, days: Vec::new(), weeks: Vec::new(), sent: Vec::new() };
        let Some((first_day, _)) = sent.first().copied() else { return timeline };
        timeline.first_day = Some(first_day);
        let mut people = FxHashSet::default();
        for (day, message) in sent {
            let place = usize::try_from((day - first_day).num_days()).unwrap_or(usize::MAX);
            if MOST_DAYS <= place {
                continue;
            }
            timeline.days.resize(timeline.days.len().max(place + 1), 0);
            timeline.days[place] += 1;
            let week = timeline.week_of(day, &mut people);
            week.n_messages += 1;
            let shows = &design.shows;
            let is_relevant = messages.objects.reached(design, message, shows, Standing::Relevant);
            week.n_relevant_messages += u64::from(is_relevant);
            week.n_people += u64::from(people.insert(messages.people[message]));
            timeline.sent.push((messages.sent_at_micros[message], is_relevant));
        }
        timeline.sent.sort_unstable();
        timeline
    }

    /// How many messages were sent from `start` to before `end`, and how many of them are relevant.
    pub fn sent_between(&self, start: i64, end: i64) -> (u64, u64) {
        let first = self.sent.partition_point(|(sent_at, _)| *sent_at < start);
        let sent = self.sent[first..].iter().take_while(|(sent_at, _)| *sent_at < end);
        sent.fold((0, 0), |(n, relevant), (_, is_relevant)| {
            (n + 1, relevant + u64::from(*is_relevant))
        })
    }

    /// The beginning of each day and of the day after the last, in microseconds since 1970.
    pub fn midnights(&self) -> Vec<i64> {
        let Some(first_day) = self.first_day else { return Vec::new() };
        let start = first_day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros();
        let offset = i64::from(self.offset.local_minus_utc()) * 1_000_000;
        (0..=self.days.len() as i64).map(|day| start - offset + day * 86_400_000_000).collect()
    }

    /// The week of `day`, which is in the last week or in a later one; a new week has new people.
    fn week_of(&mut self, day: NaiveDate, people: &mut FxHashSet<u32>) -> &mut Week {
        let to_monday = Days::new(u64::from(day.weekday().num_days_from_monday()));
        let monday = day.checked_sub_days(to_monday).unwrap_or(day);
        while self.weeks.last().is_none_or(|week| week.monday < monday) {
            let next =
                self.weeks.last().and_then(|week| week.monday.checked_add_days(Days::new(7)));
            let monday = next.unwrap_or(monday);
            self.weeks.push(Week { monday, n_messages: 0, n_relevant_messages: 0, n_people: 0 });
            people.clear();
        }
        self.weeks.last_mut().expect("a week was just added")
    }

    /// The last day with a message.
    pub fn last_day(&self) -> Option<NaiveDate> {
        let n_days = u64::try_from(self.days.len()).ok()?.checked_sub(1)?;
        self.first_day?.checked_add_days(Days::new(n_days))
    }

    /// An instant as days since the beginning of the first day, with parts of days.
    pub fn days_since_start(&self, instant: &DateTime<FixedOffset>) -> f64 {
        let Some(first_day) = self.first_day else { return 0.0 };
        let start = first_day.and_time(chrono::NaiveTime::MIN);
        let local = instant.with_timezone(&self.offset).naive_local();
        (local - start).as_seconds_f64() / 86_400.0
    }
}
