"""Which countries the platform's regional rules speak of."""

from __future__ import annotations

from collections.abc import Iterable

#: Every country, ISO 3166-1 alpha-2 (tz database, iso3166.tab, 2025b).
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO "
    "BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ "
    "DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP "
    "GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG "
    "KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML "
    "MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE "
    "PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL "
    "SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM "
    "US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_COUNTRIES.split())
#: Member states of the European Union, ISO 3166 alpha-2 (europa.eu, read 2026-11-22).
EU = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
)
#: The European Economic Area: the Union with Iceland, Liechtenstein and Norway.
EEA = EU | {"IS", "LI", "NO"}

GROUPS = {"EU": EU, "EEA": EEA}
#: The time zone of a country, where it has one or most of its people live in it (tz database,
#: zone1970.tab, 2024a). Countries over several zones are left out: nobody's night is guessed there.
ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "CH": "Europe/Zurich",
    "CI": "Africa/Abidjan",
    "CL": "America/Santiago",
    "CO": "America/Bogota",
    "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "DZ": "Africa/Algiers",
    "EE": "Europe/Tallinn",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "HK": "Asia/Hong_Kong",
    "HR": "Europe/Zagreb",
    "HT": "America/Port-au-Prince",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IN": "Asia/Kolkata",
    "IS": "Atlantic/Reykjavik",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "LI": "Europe/Vaduz",
    "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga",
    "MA": "Africa/Casablanca",
    "MT": "Europe/Malta",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "NZ": "Pacific/Auckland",
    "PE": "America/Lima",
    "PH": "Asia/Manila",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
    "SN": "Africa/Dakar",
    "TH": "Asia/Bangkok",
    "TN": "Africa/Tunis",
    "VN": "Asia/Ho_Chi_Minh",
}
#: Everywhere, in a list of open areas.
WORLD = "WORLD"


def normal(region: object) -> str:
    """Return *region* as an upper-case ISO code or group name; raises ValueError for other text."""
    code = region.strip().upper() if isinstance(region, str) else ""
    if code == "UK":
        return "GB"
    if code in GROUPS or code in COUNTRIES:
        return code
    raise ValueError(f"`{region}` is not an ISO 3166 country code, `EU` or `EEA`")


def inside(region: str, areas: Iterable[str]) -> str | None:
    """Return the first of *areas* (codes or groups) that *region* may lie in, else None.

    A person of whom only `EU` is known lies in the EEA too; one of whom only `EEA` is known may lie
    in any country of it, so a rule for that country counts: caution decides what is not known.
    """
    here = GROUPS.get(region, frozenset({region}))
    for area in areas:
        if area == WORLD:
            return area
        there = GROUPS.get(area, frozenset({area}))
        if here & there:
            return area
    return None


def surely_inside(region: str, areas: Iterable[str]) -> bool:
    """Tell whether *region* lies in one of *areas* (codes, groups, `WORLD`) whatever is not known.

    The counterpart of `inside` for what is open in some areas only: one of whom only `EEA` is known
    need not be in the Union.
    """
    here = GROUPS.get(region, frozenset({region}))
    return any(area == WORLD or here <= GROUPS.get(area, frozenset({area})) for area in areas)
