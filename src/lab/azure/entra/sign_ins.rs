//! What the authority has handed out for sign-ins of people and waits to see again.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::seeded::Seeded;

/// How long an authorization code can be redeemed, in minutes.
const CODE_MINUTES: i64 = 10;
/// How long a device code can be redeemed, in seconds.
pub(super) const DEVICE_CODE_S: i64 = 900;
/// How long a refresh token can be used, in days.
const REFRESH_DAYS: i64 = 90;
/// By how many seconds a device that asks too often has to slow down (RFC 8628).
const SLOW_DOWN_S: i64 = 5;

/// To what a person has agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agreed {
    /// Object ID of the person.
    pub(super) person: String,
    /// The scopes, as they were asked for.
    pub(super) scope: String,
    /// What the client wants to see again in the ID token.
    pub(super) nonce: Option<String>,
}

/// An authorization code.
pub(super) struct Code {
    value: String,
    /// What it stands for.
    pub(super) agreed: Agreed,
    /// Where it was sent.
    pub(super) redirect_uri: String,
    /// The SHA-256 of the client's verifier, in Base64 for addresses.
    pub(super) challenge: String,
    /// From this moment on it is refused.
    pub(super) expires: DateTime<Utc>,
    /// It can be redeemed once.
    pub(super) redeemed: bool,
}

/// A device that waits for a person to approve it.
pub(super) struct Device {
    /// What the device knows it by.
    pub(super) device_code: String,
    /// What the person types in.
    pub(super) user_code: String,
    /// The scopes, as they were asked for.
    pub(super) scope: String,
    /// From this moment on it is refused.
    pub(super) expires: DateTime<Utc>,
    /// Seconds between two questions.
    pub(super) interval_s: i64,
    asked: Option<DateTime<Utc>>,
    /// What the person has answered.
    pub(super) answer: Option<Answer>,
    /// It can be redeemed once.
    pub(super) redeemed: bool,
}

impl Device {
    /// Notes a question; `true` where it came too soon, which makes the interval longer.
    pub(super) fn too_soon(&mut self, now: DateTime<Utc>) -> bool {
        let before = self.asked.replace(now);
        let soon = before.is_some_and(|before| now < before + TimeDelta::seconds(self.interval_s));
        if soon {
            self.interval_s += SLOW_DOWN_S;
        }
        soon
    }
}

/// A person's answer to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Answer {
    /// The person with this object ID agrees.
    Approved(String),
    /// No.
    Declined,
}

struct Refresh {
    value: String,
    agreed: Agreed,
    expires: DateTime<Utc>,
}

/// Everything that is out.
pub(in super::super) struct SignIns {
    seeded: Seeded,
    made: u64,
    codes: Vec<Code>,
    devices: Vec<Device>,
    refresh: Vec<Refresh>,
    /// Who answers the sign-in page without seeing it, and how; set by a knob.
    pub(in super::super) automatic: Option<Answer>,
    /// Seconds that a device waits between two questions, unless it is told otherwise.
    pub(in super::super) device_interval_s: i64,
}

impl SignIns {
    /// Nothing is out yet.
    pub(in super::super) fn new(seeded: Seeded) -> Self {
        Self {
            seeded,
            made: 0,
            codes: Vec::new(),
            devices: Vec::new(),
            refresh: Vec::new(),
            automatic: None,
            device_interval_s: 5,
        }
    }

    fn letters(&mut self, count: usize) -> String {
        self.made += 1;
        self.seeded.letters(&format!("sign-in/{}", self.made), count)
    }

    /// Makes an authorization code.
    pub(super) fn add_code(&mut self, agreed: Agreed, to: &str, challenge: &str, now: DateTime<Utc>) -> String {
        let value = format!("1.{}", self.letters(80));
        self.codes.push(Code {
            value: value.clone(),
            agreed,
            redirect_uri: to.to_owned(),
            challenge: challenge.to_owned(),
            expires: now + TimeDelta::minutes(CODE_MINUTES),
            redeemed: false,
        });
        value
    }

    /// An authorization code by its value.
    pub(super) fn code(&mut self, value: &str) -> Option<&mut Code> {
        self.codes.iter_mut().find(|code| code.value == value)
    }

    /// Makes a device code and the code that a person types in.
    pub(super) fn add_device(&mut self, scope: &str, now: DateTime<Utc>) -> &Device {
        let device = Device {
            device_code: self.letters(100),
            user_code: self.letters(9).to_ascii_uppercase(),
            scope: scope.to_owned(),
            expires: now + TimeDelta::seconds(DEVICE_CODE_S),
            interval_s: self.device_interval_s,
            asked: None,
            answer: None,
            redeemed: false,
        };
        let place = self.devices.len();
        self.devices.push(device);
        &self.devices[place]
    }

    /// A device by its device code.
    pub(super) fn device(&mut self, device_code: &str) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.device_code == device_code)
    }

    /// Answers a device by what the person typed in; `false` where no device has this code.
    pub(in super::super) fn answer_device(&mut self, user_code: &str, answer: Answer) -> bool {
        let typed = user_code.trim();
        let found = self
            .devices
            .iter_mut()
            .find(|device| device.user_code.eq_ignore_ascii_case(typed));
        found.map(|device| device.answer = Some(answer)).is_some()
    }

    /// Makes a refresh token.
    pub(super) fn add_refresh(&mut self, agreed: Agreed, now: DateTime<Utc>) -> String {
        let value = format!("1.{}", self.letters(120));
        self.refresh.push(Refresh {
            value: value.clone(),
            agreed,
            expires: now + TimeDelta::days(REFRESH_DAYS),
        });
        value
    }

    /// What a refresh token stands for, and from when on it is refused.
    pub(super) fn refresh(&self, value: &str) -> Option<(&Agreed, DateTime<Utc>)> {
        let found = self.refresh.iter().find(|refresh| refresh.value == value);
        found.map(|refresh| (&refresh.agreed, refresh.expires))
    }
}
