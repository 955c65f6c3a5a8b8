"""redis-py's helpers for places on earth, in both protocols, on a live node."""

import pytest
import redis

PALERMO, CATANIA = (13.361389, 38.115556, "Palermo"), (15.087269, 37.502669, "Catania")


@pytest.fixture
def sicily(redis_py):
    assert redis_py.geoadd("sicily", PALERMO + CATANIA) == 2
    return redis_py


def test_places_are_added_and_told(sicily):
    assert sicily.geoadd("sicily", PALERMO, nx=True) == 0
    assert sicily.geoadd("sicily", (13.5, 38.0, "Palermo"), xx=True, ch=True) == 1
    assert sicily.geoadd("sicily", PALERMO, ch=True) == 1
    assert sicily.geodist("sicily", "Palermo", "Catania") == 166274.1516
    assert sicily.geodist("sicily", "Palermo", "Catania", unit="km") == 166.2742
    assert sicily.geodist("sicily", "Palermo", "Atlantis") is None
    assert sicily.geohash("sicily", "Palermo", "Catania") == ["sqc8b49rny0", "sqdtr74hyu0"]
    palermo, none = sicily.geopos("sicily", "Palermo", "Atlantis")
    assert tuple(palermo) == pytest.approx(PALERMO[:2], abs=1e-5)
    assert none is None


def test_places_are_found_around_others(sicily):
    assert sicily.geosearch("sicily", longitude=15, latitude=37, radius=200, unit="km", sort="ASC") == ["Catania", "Palermo"]
    assert sicily.geosearch("sicily", member="Palermo", width=400, height=400, unit="km", count=1) == ["Palermo"]
    ((name, distance, cell, place),) = sicily.geosearch(
        "sicily", longitude=15, latitude=37, radius=100, unit="km", withdist=True, withcoord=True, withhash=True
    )
    assert (name, distance, cell) == ("Catania", 56.4413, 3479447370796909)
    assert tuple(place) == pytest.approx(CATANIA[:2], abs=1e-5)
    assert sicily.geosearchstore("near", "sicily", member="Catania", radius=10, unit="km") == 1
    assert sicily.zrange("near", 0, -1) == ["Catania"]
    assert sicily.geosearchstore("near", "sicily", member="Catania", radius=200, unit="km", storedist=True) == 2
    assert sicily.zscore("near", "Palermo") == pytest.approx(166.2742, abs=1e-4)


def test_places_are_found_as_in_former_times(sicily):
    assert sicily.georadius("sicily", 15, 37, 200, unit="km", sort="DESC") == ["Palermo", "Catania"]
    assert sicily.georadiusbymember("sicily", "Catania", 10, unit="km", withdist=True) == [["Catania", 0.0]]
    assert sicily.georadius("sicily", 15, 37, 200, unit="km", store="near") == 2
    assert sicily.zcard("near") == 2


def test_wrong_places_and_types_are_refused(redis_py):
    with pytest.raises(redis.ResponseError, match="invalid longitude,latitude pair"):
        redis_py.geoadd("g", (200, 10, "nowhere"))
    redis_py.set("text", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        redis_py.geopos("text", "a")
