"""What users of replication rely on, and which tests show it: one row for each behaviour.

C++ tests are named "Suite.Name", those of a file in this folder "file::test". A row without a test,
or with one that is not there, fails.
"""

import pytest

import replserver
from harness import Connection, names_of_tests, wait_until

R, F, U = "Replication.", "ReplicationFaults.", "ReplicationRules."

ROWS = {
    # Topology and roles.
    "every node is a primary that takes writes; replicas read; data flow one way": [
        U + "ANodeIsAPrimaryUntilItIsToldToFollow",
        U + "AReplicaReadsAndRefusesToWriteUnlessToldOtherwise",
    ],
    "a primary has many replicas, a replica one primary": [
        R + "SharesOneSnapshotAmongReplicasThatComeTogether",
        R + "ReplacesAllDataWhenAnotherPrimaryIsFollowed",
    ],
    "replicas of replicas": [
        R + "HandsAHistoryOnThroughAChain",
        "test_replication_api::test_a_chain_is_waited_for_from_its_top",
    ],
    "in the end all have the same": [
        "RandomWalk.EndsWithTheSameDataEverywhere",
        "test_interop::test_digests_are_equal_at_equal_offsets_under_random_writes",
    ],
    "under a partition: available, or consistent if so configured": [
        F + "ANodeThatIsFrozenForLongIsFollowedAgainFromTheBacklog",
        F + "TooFewGoodReplicasForbidWrites",
    ],
    "a primary answers first and sends then": [
        U + "APrimaryAnswersBeforeItsReplicasHaveAnything",
    ],
    "a sync does not stop the primary; many at once": [
        R + "SendsWhatIsWrittenDuringAFullSync",
        R + "SharesOneSnapshotAmongReplicasThatComeTogether",
    ],
    "a sync does not stop the replica: it serves what it has": [
        F + "ACutDuringAFullSyncLeavesTheOldDataServed",
    ],
    "a replica without its link may refuse to serve": [
        F + "AReplicaWithoutItsPrimaryRefusesToServeStaleDataIfToldSo",
    ],
    "replicas for heavy reads, and to save in place of the primary": [
        U + "AReplicaDoesTheHeavyReading",
        U + "AReplicaMaySaveForItsPrimary",
    ],
    "failover: by hand, coordinated": [
        R + "LetsOthersResumeFromAPromotedReplica",
        "test_failover::test_primary_and_replica_change_places_and_back",
    ],
    "a slow network": ["ReplicationOverASlowNetwork.TakesItsTimeAndLosesNothing"],
    # Commands.
    "the commands that are named, as the server describes them": [
        "test_seeds::test_the_commands_of_replication_are_there",
    ],
    # Three ways to attach.
    "by a line of the configuration": [R + "GoesOnWhereAReplicaWasWhenItIsStartedAgain"],
    "by the command line": ["test_seeds::test_a_replica_is_attached_by_its_command_line"],
    "by a command that is answered before anything happens": [
        U + "ANodeIsAPrimaryUntilItIsToldToFollow",
    ],
    "a new primary's data replace the old ones": [
        R + "ReplacesAllDataWhenAnotherPrimaryIsFollowed",
    ],
    "NO ONE: a primary that keeps its data": [U + "ANodeIsAPrimaryUntilItIsToldToFollow"],
    # Directives.
    "requirepass and masterauth": [
        F + "AWrongPasswordIsLoggedAndHealsWithTheRightOne",
        F + "APrimaryThatWantsAPasswordIsNotFollowedWithoutOne",
    ],
    "replica-read-only, to be changed at any time": [
        U + "AReplicaReadsAndRefusesToWriteUnlessToldOtherwise",
    ],
    "repl-timeout on both sides": [
        F + "ASilentPrimaryIsGivenUpAndAskedAnew",
        F + "ASilentReplicaIsGivenUp",
    ],
    "repl-ping-replica-period": [
        U + "APrimaryPingsEveryTenSecondsAndAReplicaAcknowledgesEverySecond",
    ],
    "client-output-buffer-limit replica": [
        U + "AReplicaThatTakesTooLongWhileMuchIsWrittenIsDroppedUntilLessIs",
    ],
    "min-replicas-to-write and min-replicas-max-lag": [F + "TooFewGoodReplicasForbidWrites"],
    "repl-backlog-size": [R + "TakesAFullSyncWhereTheBacklogHasForgotten"],
    "rename-command": ["test_cli::test_a_command_can_be_renamed"],
    "maxmemory that differs": [
        U + "AReplicaKeepsWhatItsOwnMemoryLimitForbids",
        "test_interop::test_eviction_deletes_the_same_keys_on_both_sides",
    ],
    "limits of encodings that differ": [U + "EncodingsMayDifferWhereDataDoNot"],
    "daemonize, pidfile, logfile, dir": [
        "test_cli::test_a_daemon_goes_on_without_its_parent",
        "test_cli::test_the_pid_is_written_to_a_file_and_removed",
        "test_cli::test_it_logs_to_a_file",
        "test_cli::test_it_works_in_the_directory_it_was_told",
    ],
    "repl-disable-tcp-nodelay and all other directives are known": [
        "test_config_table::test_every_directive_of_the_reference_is_known",
    ],
    "repl-diskless-sync": [
        R + "StartsTheSnapshotEarlyOnceEnoughReplicasWait",
        "EveryByte.OfAPayloadOfKnownSizeMayBeItsLast",
    ],
    # INFO.
    "the fields of INFO, of a primary and of a replica": [U + "BothSidesTellWhereTheyStand"],
    "lag in bytes and in seconds": [
        U + "APrimaryPingsEveryTenSecondsAndAReplicaAcknowledgesEverySecond",
        "test_replication_api::test_a_primary_tells_what_it_knows_of_its_replicas",
    ],
    # Resumption.
    "what is sent moves both offsets": [
        "Propagation.MovesTheOffsetByWhatItWrote",
        U + "BothSidesTellWhereTheyStand",
    ],
    "a restarted primary has another id, and its replicas resume if it knows its data's place": [
        R + "LetsReplicasResumeFromAPrimaryThatIsStartedAgain",
        "test_interop::test_replicas_resume_from_a_restarted_primary",
    ],
    "what the backlog holds is sent alone": [
        R + "ResumesAfterACutFromTheBacklog",
        "EveryByte.OfAResumptionMayBeItsLast",
        "EveryByte.OfEachCommandFormMayBeTheLast",
        "test_interop::test_a_cut_is_healed_by_a_partial_resync",
    ],
    "what it does not hold costs a full sync": [R + "TakesAFullSyncWhereTheBacklogHasForgotten"],
    "DEBUG RELOAD keeps the run and its history": [
        "test_persistence::test_reload_keeps_the_run_and_its_history",
    ],
    "SYNC, as old replicas ask": [
        "test_interop::test_redis_cli_prints_what_a_replica_is_told",
        "ReplicaSession.TalksAsAReplicaDoesHoweverThePrimarysWordsAreCut",
    ],
    # No server sends bytes again within a live link: it is closed, so that they are asked for.
    "lost bytes are noticed by what is acknowledged, and fetched": [
        "ReplicasTest.AnAcknowledgementOfWhatWasNeverSentEndsTheLink",
        "ReplicasTest.AnAcknowledgementOfLessThanBeforeEndsTheLink",
        "ReplicasTest.AcknowledgementsThatStandStillEndTheLinkAfterTheTimeout",
        "ReplicasTest.ASlowReplicaThatGetsOnIsLeftInPeace",
    ],
    # The steps of a sync, and the log.
    "both sides log the steps of a full and of a partial sync": [
        U + "BothSidesTellTheStepsOfASync",
    ],
    "a primary that is away is tried every second": [F + "APrimaryThatIsAwayIsAskedForOnceASecond"],
    "any step may be cut short": [
        "EveryByte.OfWhatAPrimarySaysForAFullSyncMayBeItsLast",
        "EveryByte.OfWhatAReplicaSaysForAFullSyncMayBeItsLast",
        "EveryByte.OfAnAcknowledgementMayBeItsLast",
    ],
    # Heartbeat and safety.
    "each side is a client of the other": [U + "EachSideIsAClientOfTheOther"],
    "PING every ten seconds, ACK every second": [
        U + "APrimaryPingsEveryTenSecondsAndAReplicaAcknowledgesEverySecond",
    ],
    "WAIT asks how many have it": [F + "WaitCountsTheReplicasThatHaveWhatTheClientWrote"],
    "READONLY, in its exact words": [U + "AReplicaReadsAndRefusesToWriteUnlessToldOtherwise"],
    # Problems of operation.
    "expired keys are hidden on a replica until the primary deletes them": [
        R + "HidesOnAReplicaWhatHasExpiredUntilThePrimaryDeletesIt",
        "test_interop::test_keys_expire_where_the_primary_says_so",
    ],
    "heavy writes during a full sync": [
        R + "SendsWhatIsWrittenDuringAFullSync",
        U + "AReplicaThatTakesTooLongWhileMuchIsWrittenIsDroppedUntilLessIs",
    ],
    "a primary that comes back empty empties its replicas": [
        U + "APrimaryThatComesBackEmptyEmptiesItsReplicas",
    ],
    "a primary that was killed: its replicas serve what they have": [
        F + "APrimaryThatIsAwayIsAskedForOnceASecond",
    ],
    "promotion by hand, the others re-pointed, the old primary repaired and back as a replica": [
        R + "LetsOthersResumeFromAPromotedReplica",
        R + "ReplacesWhatAnOldPrimaryHasWrittenByItself",
        "test_interop::test_the_others_follow_the_promoted_one_without_a_full_sync",
    ],
}

NOT_YET = {"BGREWRITEAOF"}  # there is no append-only file


def test_each_row_has_tests_that_are_there():
    there = names_of_tests()
    missing = {row: [name for name in tests if name not in there] for row, tests in ROWS.items()}
    assert {row: names for row, names in missing.items() if names or not ROWS[row]} == {}


@pytest.mark.parametrize(
    "name",
    "SLAVEOF REPLICAOF SYNC PSYNC REPLCONF PING AUTH INFO BGSAVE BGREWRITEAOF DEBUG CONFIG "
    "SHUTDOWN WAIT ROLE FAILOVER SORT".split(),
)
def test_the_commands_of_replication_are_there(name):
    with replserver.Node() as node:
        (described,) = node.call("COMMAND", "INFO", name)
    assert (described is None) == (name in NOT_YET)


def test_a_replica_is_attached_by_its_command_line(start, node):
    node.call("SET", "k", "v")
    server = start("--port", 0, "--replicaof", "127.0.0.1", node.info.tcp_port, "--save", "")
    port = server.wait_for(r"(?:port=|Port: )(\d+)")[1]
    server.wait_for("MASTER <-> REPLICA sync: Finished with success")
    client = Connection(int(port))
    wait_until(lambda: b"master_link_status:up" in client.call("INFO", "replication"))
    assert client.call("GET", "k") == b"v"
