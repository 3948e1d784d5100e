// Witnesses cosign what only grew, and their cosignatures are published with the checkpoint.
using Microsoft.Extensions.DependencyInjection;
using Moderation.Evidence.Audit;
using Moderation.Features.Audit;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Audit;

public sealed class WitnessTests(App app, PostgresCluster cluster) : IClassFixture<App>
{
    private NoteKey LogKey => NoteKey.Parse(File.ReadAllText(Path.Combine(app.KeysDir, "public", "log.pub")))!;

    [Fact]
    public async Task A_checkpoint_is_cosigned_and_the_cosignature_is_published_with_it()
    {
        await using var server = await WitnessServer.StartAsync(LogKey, "witness.invalid/a");
        var witness = new Witness(new Uri(server.Address, "/"), server.Key);
        await GrowAsync();
        (await AskAsync(witness)).ShouldBeTrue();
        var first = server.Seen.ShouldNotBeNull();
        await GrowAsync();
        (await AskAsync(witness)).ShouldBeTrue();

        server.Seen!.Size.ShouldBeGreaterThan(first.Size);
        server.Answers.ShouldBe([200, 200]);
        var note = await app.Client().GetStringAsync($"/v1/audit/checkpoint?size={server.Seen.Size}");
        var signed = SignedNote.Parse(note).ShouldNotBeNull();
        signed.IsSignedBy(server.Key).ShouldBeTrue();
        signed.IsSignedBy(LogKey).ShouldBeTrue();
        // The newest one that any witness knows is to be had by itself.
        var newest = await app.Client().GetStringAsync("/v1/audit/checkpoint?witnessed=true");
        Checkpoint.Verify(newest, [LogKey]).ShouldNotBeNull().Size.ShouldBeGreaterThanOrEqualTo(server.Seen.Size);
    }

    [Fact]
    public async Task A_witness_that_remembers_another_size_is_asked_again_from_there()
    {
        await using var server = await WitnessServer.StartAsync(LogKey, "witness.invalid/b");
        var witness = new Witness(new Uri(server.Address, "/"), server.Key);
        await GrowAsync();
        // It has seen this log before, and we have lost our note of it.
        server.Seen = Checkpoint.Verify(await app.Client().GetStringAsync("/v1/audit/checkpoint"), [LogKey]);
        await GrowAsync();

        (await AskAsync(witness)).ShouldBeTrue();
        server.Answers.ShouldBe([409, 200]);
    }

    [Fact]
    public async Task A_witness_that_saw_another_history_does_not_cosign()
    {
        await using var server = await WitnessServer.StartAsync(LogKey, "witness.invalid/c");
        var witness = new Witness(new Uri(server.Address, "/"), server.Key);
        await GrowAsync();
        server.Seen = new Checkpoint(App.LogOrigin, 1, new byte[32]);

        (await AskAsync(witness)).ShouldBeFalse();
        server.Answers.ShouldBe([409, 422]);
    }

    [Fact]
    public async Task A_configured_witness_is_asked_by_itself_and_one_that_is_away_stops_nothing()
    {
        using var signer = Moderation.Evidence.CoseSigner.Generate();
        var key = NoteKey.From("witness.invalid/d", NoteKeyKind.Cosignature, signer.PublicKey.PublicKey)!.ToString();
        await using var own = await App.StartAsync(
            cluster,
            ("Audit:Witnesses:0:Url", "http://127.0.0.1:9/away"),
            ("Audit:Witnesses:0:Key", key)
        );

        await AuditApp.GrowAsync(own);
        await AuditApp.GrowAsync(own);
    }

    private Task<bool> AskAsync(Witness witness) =>
        app.Services.GetRequiredService<AskWitnesses>().AskAsync(witness, CancellationToken.None);

    private Task<Checkpoint> GrowAsync() => AuditApp.GrowAsync(app);
}
