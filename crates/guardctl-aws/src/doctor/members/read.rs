//! Finds out what is in a place, with the session for that place. A call that fails is kept as a fact.

use futures_util::future::join4;

use super::expected::{self, RULE};
use super::facts::Seen;
use crate::doctor::aws::{Roles, Rules, Trails};
use crate::live::Live;
use crate::organization::Hub;

pub async fn read(live: &Live, hub: &Hub) -> Seen {
    let (rules, roles) = (Rules::new(&live.config), Roles::new(&live.config));
    let trails = Trails::new(&live.config);
    let member = expected::member_role(&live.place);
    let forward = expected::forward_role(&live.place);
    let member_role = async {
        // There the guard acts with its own role.
        if live.place.account == hub.place.account {
            Ok(None)
        } else {
            roles.as_made(&member).await
        }
    };
    let (rule, forward_role, member_role, trails) =
        join4(rules.forwarding(RULE), roles.as_made(&forward), member_role, trails.all()).await;
    Seen { rule, forward_role, member_role, trails }
}
