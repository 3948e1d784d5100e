// Whatever somebody with the database does to the log or to an event under it, the check names the place.
using Moderation.Evidence.Audit;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Audit;

public sealed class TamperTests(PostgresCluster cluster)
{
    private const int Size = 600;

    [Theory]
    [InlineData(
        "update audit_leaves set entry = set_byte(entry, 10, get_byte(entry, 10) # 1) where index = 300",
        300,
        "audit.entry-altered"
    )]
    [InlineData(
        "update audit_leaves set leaf_hash = set_byte(leaf_hash, 3, get_byte(leaf_hash, 3) # 1) where index = 299",
        299,
        "audit.entry-altered"
    )]
    [InlineData("delete from audit_leaves where index = 41", 41, "audit.entry-missing")]
    [InlineData("delete from audit_leaves where index = 599", 599, "audit.entry-missing")]
    [InlineData(
        "update events set payload = '{\"number\": 99999}' where id = (select event_id from audit_leaves where index = 17)",
        17,
        "audit.event-altered"
    )]
    [InlineData(
        "update events set actor = 'system:other' where id = (select event_id from audit_leaves where index = 18)",
        18,
        "audit.event-altered"
    )]
    [InlineData(
        "update events set kind = 'test.other' where id = (select event_id from audit_leaves where index = 19)",
        19,
        "audit.event-altered"
    )]
    [InlineData(
        "update events set occurred_at = occurred_at - interval '1 microsecond' where id = (select event_id from audit_leaves where index = 20)",
        20,
        "audit.event-altered"
    )]
    [InlineData(
        "update events set case_id = gen_random_uuid() where id = (select event_id from audit_leaves where index = 21)",
        21,
        "audit.event-altered"
    )]
    [InlineData(
        "delete from events where id = (select event_id from audit_leaves where index = 22)",
        22,
        "audit.event-missing"
    )]
    [InlineData("update audit_nodes set hash = sha256('x') where height = 8 and index = 1", 256, "audit.node-altered")]
    [InlineData(
        "update audit_checkpoints set note = replace(note, E'\\n600\\n', E'\\n599\\n') where size = 600",
        500,
        "audit.checkpoint-signature"
    )]
    [InlineData("update audit_head set frontier = set_byte(frontier, 0, get_byte(frontier, 0) # 1)", 600, "audit.root")]
    [InlineData(
        "insert into events (id, kind, payload, occurred_at) values (gen_random_uuid(), 'test.smuggled', '{}', now()); delete from audit_waiting",
        600,
        "audit.event-unlogged"
    )]
    [InlineData(
        "update audit_leaves a set entry = b.entry, leaf_hash = b.leaf_hash, salt = b.salt from audit_leaves b where (a.index, b.index) in ((5, 6), (6, 5))",
        5,
        "audit.event-altered"
    )]
    public async Task An_altered_row_is_named(string sql, long index, string code)
    {
        await using var log = await LogAsync();
        (await log.VerifyAsync()).Holds.ShouldBeTrue();

        await log.SqlAsync(sql);

        (await log.VerifyAsync()).ShouldSatisfyAllConditions(
            v => v.Holds.ShouldBeFalse(),
            v => v.Code.ShouldBe(code),
            v => v.FirstBad.ShouldBe(index)
        );
    }

    [Fact]
    public async Task An_export_holds_on_its_own_and_an_altered_row_shows_in_it_too()
    {
        await using var log = await LogAsync();
        var seen = await log.CheckpointsAsync();
        Run(log, await log.ExportAsync(), seen).ShouldBeNull();

        // The hash is made to fit, as a careful hand would.
        await log.SqlAsync(
            "update audit_leaves set entry = '\\x0102', leaf_hash = sha256('\\x000102') where index = 300"
        );

        // Named by the checkpoint before it: of what lies between, nothing but the signature can tell.
        Run(log, await log.ExportAsync(), seen)
            .ShouldNotBeNull()
            .ShouldSatisfyAllConditions(
                fault => fault.Code.ShouldBe("audit.inconsistent"),
                fault => fault.Index.ShouldBe(100UL)
            );
        (await log.VerifyAsync()).FirstBad.ShouldBe(300);
    }

    // Checkpoints of 100, 500 and 600 entries.
    private async Task<LogUnderTest> LogAsync()
    {
        var log = await LogUnderTest.MakeAsync(cluster);
        foreach (var batch in new[] { 100, 400, Size - 500 })
        {
            await log.SayInBulkAsync(batch);
            await log.AppendAllAsync();
            await log.SignAsync();
        }
        return log;
    }

    private static LogFault? Run(LogUnderTest log, string[] lines, IReadOnlyCollection<Checkpoint> seen)
    {
        using var check = new LogExportCheck(log.Keys.PublicKeys, [], seen);
        return lines.Select(check.Take).FirstOrDefault(fault => fault is not null) ?? check.Finish();
    }
}
