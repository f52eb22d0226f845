"""docs/house.svg shows the house as it is."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from tools import draw_house


def test_the_picture_of_the_house_is_the_one_that_the_script_draws():
    drawn = draw_house.draw(draw_house.rooms())
    there = draw_house.PICTURE.read_text(encoding="utf-8")
    assert there == drawn, "docs/house.svg is out of date; make it anew: make picture"


def test_every_room_and_every_wing_of_the_contracts_is_in_the_picture():
    words = "".join(ET.parse(draw_house.PICTURE).getroot().itertext())
    for room in draw_house.rooms():
        assert room.name in words
        for wing in room.wings:
            assert wing.name in words
