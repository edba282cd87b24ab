"""Who sits at the console, and what they may do there."""

from typing import NoReturn

import streamlit as st

from ui.api.errors import ApiError, IssuerUnreachable, RoleMissing, StaffTokenMissing
from ui.api.staff import Person, local_user
from ui.bootstrap import Services, shared
from ui.console.blocks import head_block
from ui.console.roles import ROLES, Action
from ui.console.safe_text import escape


def person() -> Person:
    """Who signed in; without an issuer of logins, this machine's own user.

    Raises:
        StaffTokenMissing: nobody has.
        StaffTokenInvalid: the sign-in does not hold, or has ended.
        IssuerUnreachable: it cannot be checked.
    """
    services = shared()
    if not services.staff_tokens.is_used:
        return local_user(services.group)
    token = st.user.tokens.get("id")
    if not token:
        raise StaffTokenMissing("sign in to go on")
    return services.staff_tokens.read_sign_in(token)


def require(brand_id: str, action: Action) -> Person:
    """Who does something, if they may.

    Args:
        brand_id: for which brand.
        action: what.

    Raises:
        RoleMissing: they may not.
        ApiError: they are not signed in.
    """
    found = person()
    found.require(brand_id, ROLES[action])
    return found


def require_everywhere(action: Action) -> Person:
    """Who does something to all brands at once, if they may.

    Args:
        action: what.

    Raises:
        RoleMissing: they may not, for one brand at least.
        ApiError: they are not signed in.
    """
    found = person()
    if not all(found.has(brand_id, ROLES[action]) for brand_id in shared().group.brands):
        raise RoleMissing("this goes through every brand and needs the role admin for all of them")
    return found


def may(brand_id: str, action: Action) -> bool:
    """Whether somebody is signed in who may do something.

    Args:
        brand_id: for which brand.
        action: what.
    """
    try:
        return person().has(brand_id, ROLES[action])
    except ApiError:
        return False


def brands_for(services: Services, who: Person, action: Action) -> tuple[str, ...]:
    """The brands for which somebody may do something.

    Args:
        services: of the group.
        who: they.
        action: what.
    """
    return tuple(one for one in services.group.brands if who.has(one, ROLES[action]))


def admitted() -> Person:
    """Who signed in and has a role; everybody else is shown how to get in, and nothing more."""
    try:
        found = person()
    except StaffTokenMissing:
        _show_gate("Sign in", f"This is where the staff of {shared().group.profile.name} work.", signed_in=False)
    except IssuerUnreachable:
        _show_gate("Sign in", "Your sign-in cannot be checked at this moment; try again in a minute.", signed_in=True)
    except ApiError as error:
        _show_gate("Sign in", f"{error}.".capitalize(), signed_in=False)
    if not any(found.roles.values()):
        text = f"You are signed in as {found.name}, and have no role here. Ask who gives out roles, then sign in again."
        _show_gate("No role yet", text, signed_in=True)
    return found


def show_signed_in(who: Person) -> None:
    """Who is signed in, and the way out.

    Args:
        who: they.
    """
    if not shared().staff_tokens.is_used:
        return
    st.html(f'<p class="mq mq-small">Signed in as <b>{escape(who.name)}</b></p>')
    st.button("Sign out", key="sign-out", on_click=st.logout)


def _show_gate(title: str, text: str, *, signed_in: bool) -> NoReturn:
    st.html(head_block("Console", title, text))
    if signed_in:
        st.button("Sign out", key="sign-out", on_click=st.logout)
    else:
        st.button("Sign in", type="primary", key="sign-in", on_click=st.login)
    st.stop()
