// Staff read the sealed parts of a report as they came in; nobody else does, and the vault may be away.
using System.Net.Http.Json;
using System.Text.Json;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Opening;

[Collection(OpeningCollection.Name)]
public sealed class SealedReadTests(VaultApp app)
{
    [Fact]
    public async Task The_parts_come_back_as_they_were_sealed_and_are_not_cached()
    {
        var (report, _) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);

        var manifest = CoseSign1
            .Parse(await anna.ReadAsync(report.Id, "manifest"), CoseContentTypes.Manifest)
            .ShouldNotBeNull();
        var descriptor = Descriptor.Parse(await anna.ReadAsync(report.Id, "segments/3/descriptor")).ShouldNotBeNull();
        var sealedBytes = await anna.ReadAsync(report.Id, "segments/3");
        var table = Convert.ToHexString(await anna.ReadAsync(report.Id, "table"));

        for (var row = 0; row < report.Segments.Count; row++)
            table.ShouldContain(Convert.ToHexString(await anna.ReadAsync(report.Id, $"segments/{row}/descriptor")));
        Manifest.ContentIdOf(manifest.Payload.Span).ShouldBe(report.ContentId);
        SegmentVerifier.Verify(sealedBytes, descriptor).ShouldBeNull();
        using var answer = await anna.Http.GetAsync($"/v1/reports/{report.Id}/segments/3");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_not_there_is_said_with_a_code()
    {
        var (report, _) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);

        using var segment = await anna.Http.GetAsync($"/v1/reports/{report.Id}/segments/99");
        using var descriptor = await anna.Http.GetAsync($"/v1/reports/{report.Id}/segments/99/descriptor");
        using var receipt = await anna.Http.GetAsync($"/v1/reports/{report.Id}/receipts/0");
        using var unknown = await anna.Http.GetAsync("/v1/reports/rpt_01k00000000000000000000000/manifest");

        await segment.ShouldBeProblemAsync(404, EvidenceCodes.SegmentIndex);
        await descriptor.ShouldBeProblemAsync(404, EvidenceCodes.SegmentIndex);
        await receipt.ShouldBeProblemAsync(404, EvidenceCodes.SegmentIndex);
        await unknown.ShouldBeProblemAsync(404, "report.not-found");
    }

    [Theory]
    [InlineData(StaffRole.Admin)]
    [InlineData(StaffRole.Auditor)]
    [InlineData(StaffRole.Liaison)]
    [InlineData(StaffRole.Custodian)]
    public async Task Roles_that_do_not_decide_see_no_evidence(StaffRole role)
    {
        var (report, about) = await app.FileAsync();
        using var tab = await AnalystTab.OpenAsync(app, role);

        using var segment = await tab.Http.GetAsync($"/v1/reports/{report.Id}/segments/0");
        using var keys = await tab.AskAsync(report.Id, tab.Terms(report.ContentId, about, 0));

        await segment.ShouldBeProblemAsync(403, "auth.forbidden");
        await keys.ShouldBeProblemAsync(403, "auth.forbidden");
    }

    [Fact]
    public async Task The_platform_and_strangers_see_no_evidence()
    {
        var (report, _) = await app.FileAsync();
        using var platform = await app.PlatformAsync();
        using var stranger = app.Client();

        using var asPlatform = await platform.GetAsync($"/v1/reports/{report.Id}/manifest");
        using var asNobody = await stranger.GetAsync($"/v1/reports/{report.Id}/manifest");

        await asPlatform.ShouldBeProblemAsync(403, "auth.forbidden");
        await asNobody.ShouldBeProblemAsync(401, "auth.required");
    }

    [Fact]
    public async Task The_key_to_pin_is_the_vaults_signing_key()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);

        var shape = await analyst.Http.GetFromJsonAsync<JsonElement>("/v1/vault-key");

        var shown = System.Buffers.Text.Base64Url.DecodeFromChars(shape.GetProperty("cose_key").GetString());
        shown.ShouldBe(app.PublicKey("vault.pub").Encode());
    }
}

public sealed class VaultAwayTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Without_the_vault_nothing_opens_and_with_it_the_same_analyst_does()
    {
        await using var app = await App.StartAsync(cluster);
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var terms = anna.Terms(report.ContentId, about, 0);

        using var away = await anna.AskAsync(report.Id, terms);
        await app.StartVaultAsync();
        using var there = await anna.AskAsync(report.Id, terms);

        await away.ShouldBeProblemAsync(503, EvidenceCodes.CustodianUnavailable);
        (await app.LastSaidAsync("evidence.opening-refused", about)).Payload.ShouldNotBeNull();
        await there.ShouldBeAsync(200);
    }
}
