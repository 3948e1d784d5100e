// From the relay's receipts through intake and vault to the analyst: what is attested, what is not, and what was made up.
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.IntegrationTests.Intake;

namespace Moderation.IntegrationTests.Opening;

[Collection(OpeningCollection.Name)]
public sealed class AttestedReportTests(VaultApp app)
{
    [Fact]
    public async Task What_the_relay_saw_opens_at_G1_and_what_the_host_made_up_does_not_open()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app);
        await meeting.TrustAsync();
        var (report, bundle) = await meeting.FileAsync();
        var about = await app.CaseOfAsync(report.ReportId);
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);

        var whole = (await OpenAsync(0)).Value;
        whole.Grade.ShouldBe(AttributionGrade.G1);
        whole.MissingFrames.ShouldBe(0);
        whole.Media.AsSpan(4, 4).SequenceEqual("ftyp"u8).ShouldBeTrue();
        var lossy = (await OpenAsync(1)).Value;
        lossy.Grade.ShouldBe(AttributionGrade.G1);
        lossy.MissingFrames.ShouldBe(2);
        (await OpenAsync(2)).Refusal.ShouldNotBeNull().Code.ShouldBe(EvidenceCodes.FramesRoot);
        (await OpenAsync(3)).Value.Grade.ShouldBe(AttributionGrade.G0);

        Task<Verdict<OpenedSegment>> OpenAsync(uint index) =>
            anna.OpenSegmentAsync(report.ReportId, anna.Terms(bundle.ContentId, about, index), index);
    }

    [Fact]
    public async Task A_relay_that_the_platform_names_and_the_vault_does_not_trust_opens_nothing()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app);
        var (report, bundle) = await meeting.FileAsync();
        var about = await app.CaseOfAsync(report.ReportId);
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);

        using var answer = await anna.AskAsync(report.ReportId, anna.Terms(bundle.ContentId, about, 0));

        ((int)answer.StatusCode).ShouldBeGreaterThanOrEqualTo(400);
        (await answer.Content.ReadAsStringAsync()).ShouldContain(EvidenceCodes.ReceiptUnknownRelay);
    }

    [Fact]
    public async Task A_receipt_of_a_relay_that_the_platform_did_not_name_is_refused_at_intake()
    {
        var stranger = await ReportingHost.JoinAsync(app);
        using var relay = CoseSigner.Generate();
        var receipt = new RelayReceipt
        {
            Meeting = stranger.Meeting,
            Window = 1,
            WindowStart = 0,
            WindowEnd = 2_000,
            LeafCount = 1,
            Root = new byte[32],
            Previous = new byte[32],
        }.Sign(relay);
        var draft = stranger.Draft(await stranger.AskAsync()) with { Receipts = [receipt] };

        using var answer = await stranger.PostHeadAsync(BundleSealer.Seal(draft, stranger.Device).Head);

        await answer.ShouldBeProblemAsync(422, EvidenceCodes.ReceiptUnknownRelay);
    }
}
