// Each event gets its leaf exactly once, whoever writes, whoever dies, and however late a transaction commits.
using Moderation.Data;
using Moderation.Domain;
using Moderation.Evidence;
using Moderation.Features.Audit;
using Moderation.Tests;
using Npgsql;

namespace Moderation.IntegrationTests.Audit;

public sealed class SequencingTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Events_become_leaves_once_under_many_writers_and_two_sequencers()
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        var writers = Enumerable
            .Range(0, 8)
            .Select(async writer =>
            {
                for (var i = 0; i < 25; i++)
                    await log.SayAsync(1 + (writer + i) % 3);
            })
            .ToList();
        var writing = Task.WhenAll(writers);
        await Task.WhenAll(SequenceAsync(), SequenceAsync());
        await log.AppendAllAsync();
        await log.SignAsync();

        await log.ShouldBeWholeAsync();
        (await log.VerifyAsync()).ShouldSatisfyAllConditions(
            v => v.Holds.ShouldBeTrue(v.Why),
            v => v.Size.ShouldBe(Enumerable.Range(0, 200).Sum(i => 1 + ((i / 25) + (i % 25)) % 3))
        );

        async Task SequenceAsync()
        {
            while (!writing.IsCompleted)
            {
                await log.AppendAsync();
                await log.SignAsync();
            }
        }
    }

    [Fact]
    public async Task A_transaction_that_commits_after_younger_ones_still_gets_its_leaf()
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        await using var late = log.Open();
        await using var transaction = await late.Database.BeginTransactionAsync();
        // Its id is smaller than that of all that follow, and nobody sees it yet.
        late.Say("test.late", new { }, TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(5));
        await late.SaveChangesAsync();
        await log.SayAsync(5);
        await log.AppendAllAsync();
        await log.SignAsync();
        var before = await log.ReadAsync<long>("select size from audit_head");

        await transaction.CommitAsync();
        await log.AppendAllAsync();
        await log.SignAsync();

        before.ShouldBe(5);
        await log.ShouldBeWholeAsync();
        (
            await log.ReadAsync<long>(
                "select l.index from audit_leaves l join events e on e.id = l.event_id where e.kind = 'test.late'"
            )
        ).ShouldBe(5);
        (await log.VerifyAsync()).Holds.ShouldBeTrue();
    }

    [Fact]
    public async Task A_transaction_that_is_taken_back_leaves_no_leaf()
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        await using (var db = log.Open())
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.Say("test.never", new { }, TimeProvider.System.GetUtcNow());
            await db.SaveChangesAsync();
        }
        await log.SayAsync(1);
        await log.AppendAllAsync();

        await log.ShouldBeWholeAsync();
        (await log.ReadAsync<long>("select size from audit_head")).ShouldBe(1);
    }

    [Fact]
    public async Task A_sequencer_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing()
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        await log.SayAsync(300);
        // The first leaf goes in, the rest of the batch hangs; then the connection dies under the sequencer.
        await log.SqlAsync(
            """
            create function dawdle() returns trigger language plpgsql as $$
            begin if new.index = 200 then perform pg_sleep(60); end if; return new; end $$;
            create trigger dawdle before insert on audit_leaves for each row execute function dawdle();
            """
        );
        var appending = log.AppendAsync();
        while (
            await log.ReadAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
            ) == 0
        )
            await Task.Delay(20);
        // Meanwhile another one finds the log taken and leaves it alone.
        (await log.AppendAsync()).ShouldBe(0);
        await log.SqlAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
        );
        await Should.ThrowAsync<PostgresException>(appending);
        (await log.ReadAsync<long>("select count(*) from audit_leaves")).ShouldBe(0);
        await log.SqlAsync("drop trigger dawdle on audit_leaves");

        await log.AppendAllAsync();
        await log.SignAsync();

        await log.ShouldBeWholeAsync();
        (await log.VerifyAsync()).ShouldSatisfyAllConditions(
            v => v.Holds.ShouldBeTrue(v.Why),
            v => v.Size.ShouldBe(300)
        );
    }

    [Fact]
    public async Task Proofs_hold_across_kept_nodes_and_batches_of_every_size()
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        foreach (var batch in new[] { 1, 2, 253, 1, 255, 512, 700, 2048, 5 })
        {
            await log.SayInBulkAsync(batch);
            await log.AppendAllAsync();
            (await log.SignAsync()).ShouldBeTrue();
        }
        var checkpoints = await log.CheckpointsAsync();
        await using var db = log.Open();
        var tree = new LogTree(db);
        var leaves = db.AuditLeaves.OrderBy(l => l.Index).Select(l => l.LeafHash).ToList();

        foreach (var at in checkpoints)
        {
            foreach (var before in checkpoints.Where(c => c.Size <= at.Size))
            {
                var proof = await tree.ConnectAsync((long)before.Size, (long)at.Size, default);
                MerkleTree
                    .IsConsistent(before.Size, at.Size, before.Root, at.Root, proof)
                    .ShouldBeTrue($"{before.Size} in {at.Size}");
            }
            foreach (var index in new ulong[] { 0, 255, 256, 511, 1023, 2047, at.Size - 1 }.Where(i => i < at.Size))
            {
                var proof = await tree.IncludeAsync((long)index, (long)at.Size, default);
                MerkleTree
                    .Includes(at.Root, at.Size, index, leaves[(int)index], proof)
                    .ShouldBeTrue($"{index} in {at.Size}");
            }
        }
    }

    [Fact]
    public async Task A_checkpoint_comes_once_a_second_at_most_and_only_for_something_new()
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        await log.SayAsync(1);
        await log.AppendAllAsync();
        (await log.SignAsync()).ShouldBeTrue();
        (await log.SignAsync()).ShouldBeFalse();
        await log.SayAsync(1);
        await log.AppendAllAsync();
        await using var db = log.Open();
        var hasty = new SignCheckpoint(
            db,
            log.Keys,
            new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build()
        );
        (await hasty.RunAsync(default)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_event_whose_words_are_erased_keeps_its_place_and_the_log_verifies()
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        await log.SayAsync(3);
        var id = new EventId(await log.ReadAsync<Guid>("select id from events order by id limit 1"));
        await using (var db = log.Open())
            (await db.EraseEventAsync(id, "test.rule", TimeProvider.System.GetUtcNow(), default)).ShouldBeFalse();
        await log.AppendAllAsync();
        await log.SignAsync();
        await using (var db = log.Open())
            (await db.EraseEventAsync(id, "test.rule", TimeProvider.System.GetUtcNow(), default)).ShouldBeTrue();
        await log.AppendAllAsync();
        await log.SignAsync();

        (await log.VerifyAsync()).ShouldSatisfyAllConditions(
            v => v.Holds.ShouldBeTrue(v.Why),
            v => v.Erased.ShouldBe(1),
            v => v.Size.ShouldBe(4)
        );
    }
}
