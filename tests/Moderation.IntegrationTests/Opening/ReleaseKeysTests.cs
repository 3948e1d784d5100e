// Keys come out of the vault for one analyst under a live claim, and for nobody else.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Domain.Staff;
using Moderation.Evidence;

namespace Moderation.IntegrationTests.Opening;

[Collection(OpeningCollection.Name)]
public sealed class ReleaseKeysTests(VaultApp app)
{
    [Fact]
    public async Task The_claim_holder_opens_what_the_host_recorded()
    {
        var (report, about) = await app.FileAsync(note: "he would not stop", chat: "go away, all of you");
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var note = IndexOf(report, SegmentKind.Note);
        var chat = IndexOf(report, SegmentKind.Chat);
        var terms = anna.Terms(report.ContentId, about, [.. new[] { 0u, chat, note }.Order()]);

        var openedNote = await anna.OpenSegmentAsync(report.Id, terms, note);
        var openedChat = await anna.OpenSegmentAsync(report.Id, terms, chat);
        var media = await anna.OpenSegmentAsync(report.Id, terms, 0);

        openedNote.Value.Plaintext.ShouldBe("he would not stop"u8.ToArray());
        JsonDocument
            .Parse(openedChat.Value.Plaintext)
            .RootElement.GetProperty("text")
            .GetString()
            .ShouldBe("go away, all of you");
        media.Value.Media.Length.ShouldBe(report.Segments[0].Bytes);
        media.Value.Media.AsSpan(4, 4).SequenceEqual("ftyp"u8).ShouldBeTrue();
    }

    [Fact]
    public async Task An_opening_stands_in_the_history_of_its_case_with_who_and_what()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var terms = anna.Terms(report.ContentId, about, 1, 3);

        using var answer = await anna.AskAsync(report.Id, terms);

        await answer.ShouldBeAsync(200);
        var (payload, actor) = await app.LastSaidAsync(SegmentsOpened.Kind, about);
        actor.ShouldBe(anna.Member.Id.ToString());
        var said = JsonDocument.Parse(payload.ShouldNotBeNull()).RootElement;
        said.GetProperty("report_id").GetString().ShouldBe(report.Id);
        said.GetProperty("grant_id").GetString().ShouldBe(Convert.ToHexStringLower(terms.GrantId));
        said.GetProperty("purpose").GetInt32().ShouldBe(1);
        said.GetProperty("segments").EnumerateArray().Select(s => s.GetInt32()).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Without_a_claim_nothing_opens_and_the_attempt_is_in_the_log()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);

        using var answer = await anna.AskAsync(report.Id, anna.Terms(report.ContentId, about, 0));

        await answer.ShouldBeProblemAsync(403, "claim.needed");
        var (payload, actor) = await app.LastSaidAsync(OpeningRefused.Kind, about);
        payload.ShouldNotBeNull().ShouldContain("claim.needed");
        actor.ShouldBe(anna.Member.Id.ToString());
    }

    [Fact]
    public async Task A_colleagues_claim_does_not_serve()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        using var ben = await AnalystTab.OpenAsync(app);
        await ben.ClaimAsync(about);

        using var answer = await anna.AskAsync(report.Id, anna.Terms(report.ContentId, about, 0));

        await answer.ShouldBeProblemAsync(403, "claim.needed");
    }

    [Fact]
    public async Task A_claim_whose_lease_has_ended_does_not_serve()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        await app.InDbAsync(db =>
            db.Claims.Where(c => c.CaseId == about)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.LeaseExpiresAt, c => c.ClaimedAt))
        );

        using var answer = await anna.AskAsync(report.Id, anna.Terms(report.ContentId, about, 0));

        await answer.ShouldBeProblemAsync(403, "claim.needed");
    }

    [Fact]
    public async Task A_key_that_is_not_enrolled_approves_nothing()
    {
        var (report, about) = await app.FileAsync();
        using var anna = new AnalystTab(app, await app.StaffAsync(StaffRole.Analyst));
        await anna.ClaimAsync(about);

        using var answer = await anna.AskAsync(report.Id, anna.Terms(report.ContentId, about, 0));

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.GrantSignature);
    }

    [Fact]
    public async Task A_request_signed_with_a_colleagues_key_is_refused_although_the_grant_names_it()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        using var ben = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var terms = anna.Terms(report.ContentId, about, 0) with
        {
            Openers = Ascending(anna.Key.PublicKey.Kid.ToArray(), ben.Key.PublicKey.Kid.ToArray()),
        };

        using var answer = await anna.AskAsync(report.Id, [anna.Approve(terms)], ben.Request(terms).Sign(ben.Key));

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.RequestSignature);
    }

    [Fact]
    public async Task A_grant_that_only_a_colleague_approved_is_not_enough()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        using var ben = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var terms = anna.Terms(report.ContentId, about, 0);

        using var answer = await anna.AskAsync(report.Id, [ben.Approve(terms)], anna.Request(terms).Sign(anna.Key));

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.GrantQuorum);
    }

    [Fact]
    public async Task A_grant_for_another_case_does_not_open_this_report()
    {
        var (report, about) = await app.FileAsync();
        var (_, other) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        await anna.ClaimAsync(other);

        using var answer = await anna.AskAsync(report.Id, anna.Terms(report.ContentId, other, 0));

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.GrantScope);
    }

    [Theory]
    [InlineData(GrantPurpose.LegalDisclosure)]
    [InlineData(GrantPurpose.Emergency)]
    public async Task Outside_imminent_harm_only_triage_is_a_purpose_here(GrantPurpose purpose)
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);

        using var answer = await anna.AskAsync(
            report.Id,
            anna.Terms(report.ContentId, about, 0) with
            {
                Purpose = purpose,
            }
        );

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.GrantScope);
    }

    [Fact]
    public async Task More_than_eight_segments_need_a_second_person()
    {
        var (report, about) = await app.FileAsync(note: "and so on");
        using var anna = await AnalystTab.OpenAsync(app);
        using var ben = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var terms = anna.Terms(report.ContentId, about, [.. Enumerable.Range(0, 9).Select(i => (uint)i)]);

        using var alone = await anna.AskAsync(report.Id, terms);
        using var twice = await anna.AskAsync(
            report.Id,
            [anna.Approve(terms), anna.Approve(terms)],
            anna.Request(terms).Sign(anna.Key)
        );
        var together = await anna.OpenSegmentAsync(report.Id, terms, 8, ben.Approve(terms));

        await alone.ShouldBeProblemAsync(403, EvidenceCodes.GrantQuorum);
        await twice.ShouldBeProblemAsync(403, EvidenceCodes.GrantQuorum);
        together.Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Where_somebody_may_be_in_danger_one_person_opens_more_and_the_record_says_emergency()
    {
        var (report, about) = await app.FileAsync(("danger", 1), note: "and so on");
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var triage = anna.Terms(report.ContentId, about, [.. Enumerable.Range(0, 9).Select(i => (uint)i)]);
        var emergency = triage with { Purpose = GrantPurpose.Emergency };

        using var alone = await anna.AskAsync(report.Id, triage);
        var opened = await anna.OpenSegmentAsync(report.Id, emergency, 8);

        await alone.ShouldBeProblemAsync(403, EvidenceCodes.GrantQuorum);
        opened.Refusal.ShouldBeNull();
        var said = JsonDocument.Parse((await app.LastSaidAsync("evidence.opened", about)).Payload.ShouldNotBeNull());
        said.RootElement.GetProperty("purpose").GetInt32().ShouldBe((int)GrantPurpose.Emergency);
        using var page = await anna.Http.GetAsync($"/v1/cases/{about}");
        (await page.Content.ReadAsStringAsync()).ShouldContain("evidence segments as an emergency");
    }

    [Fact]
    public async Task A_child_safety_report_does_not_exist_for_others_and_takes_two_who_may()
    {
        var (report, about) = await app.FileAsync(("child", 2));
        using var outsider = await AnalystTab.OpenAsync(app);
        using var anna = await AnalystTab.OpenAsync(app, childSafety: true);
        using var ben = await AnalystTab.OpenAsync(app, childSafety: true);
        await anna.ClaimAsync(about);
        var terms = anna.Terms(report.ContentId, about, 0);

        foreach (var part in new[] { "manifest", "segments/0", "segments/0/descriptor", "receipts/0" })
        {
            using var hidden = await outsider.Http.GetAsync($"/v1/reports/{report.Id}/{part}");
            await hidden.ShouldBeProblemAsync(404, "report.not-found");
        }
        using var blind = await outsider.AskAsync(report.Id, outsider.Terms(report.ContentId, about, 0));
        using var alone = await anna.AskAsync(report.Id, terms);
        using var withOutsider = await anna.AskAsync(
            report.Id,
            [anna.Approve(terms), outsider.Approve(terms)],
            anna.Request(terms).Sign(anna.Key)
        );
        var together = await anna.OpenSegmentAsync(report.Id, terms, 0, ben.Approve(terms));

        await blind.ShouldBeProblemAsync(404, "report.not-found");
        await alone.ShouldBeProblemAsync(403, EvidenceCodes.GrantQuorum);
        await withOutsider.ShouldBeProblemAsync(403, EvidenceCodes.GrantQuorum);
        together.Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task A_request_is_answered_once()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var terms = anna.Terms(report.ContentId, about, 0);
        var (approval, request) = (anna.Approve(terms), anna.Request(terms).Sign(anna.Key));

        using var first = await anna.AskAsync(report.Id, [approval], request);
        using var second = await anna.AskAsync(report.Id, [approval], request);

        await first.ShouldBeAsync(200);
        await second.ShouldBeProblemAsync(403, EvidenceCodes.RequestReplayed);
    }

    [Fact]
    public async Task A_report_that_has_not_arrived_whole_opens_nothing()
    {
        var host = await Intake.ReportingHost.JoinAsync(app);
        var (accepted, bundle) = await host.FileAsync();
        using var filed = await host.PutFilingAsync(accepted.ReportId, host.Filing(bundle, host.Others[0]));
        filed.IsSuccessStatusCode.ShouldBeTrue();
        var about = await app.CaseOfAsync(accepted.ReportId);
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);

        using var answer = await anna.AskAsync(accepted.ReportId, anna.Terms(bundle.ContentId, about, 0));
        using var segment = await anna.Http.GetAsync($"/v1/reports/{accepted.ReportId}/segments/0");

        await answer.ShouldBeProblemAsync(409, "report.not-complete");
        await segment.ShouldBeProblemAsync(409, "report.not-complete");
    }

    [Fact]
    public async Task Bytes_changed_on_disk_before_the_first_opening_open_nothing()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        await FlipAsync(await app.BlobOfAsync(report.Id, 1));

        using var answer = await anna.AskAsync(report.Id, anna.Terms(report.ContentId, about, 0));

        await answer.ShouldBeProblemAsync(422, EvidenceCodes.SegmentHash);
    }

    [Fact]
    public async Task Bytes_changed_on_disk_after_the_first_opening_are_found_by_whoever_opens_them()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        var terms = anna.Terms(report.ContentId, about, 0, 1);
        (await anna.OpenSegmentAsync(report.Id, terms, 1)).Refusal.ShouldBeNull();
        await FlipAsync(await app.BlobOfAsync(report.Id, 1));

        var altered = await anna.OpenSegmentAsync(report.Id, terms, 1);
        var whole = await anna.OpenSegmentAsync(report.Id, terms, 0);

        altered.Refusal.ShouldNotBeNull().Code.ShouldBe(EvidenceCodes.SegmentHash);
        whole.Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Keys_of_which_no_line_can_be_written_are_not_handed_out()
    {
        var (report, about) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"""
                create function refuse() returns trigger language plpgsql as $$ begin raise 'the log is full'; end $$;
                create trigger refuse before insert on events for each row when (new.kind = 'evidence.opened') execute function refuse();
                """
            )
        );
        try
        {
            using var answer = await anna.AskAsync(report.Id, anna.Terms(report.ContentId, about, 0));

            await answer.ShouldBeProblemAsync(500, "server.fault");
        }
        finally
        {
            await app.InDbAsync(db =>
                db.Database.ExecuteSqlAsync($"drop trigger refuse on events; drop function refuse()")
            );
        }
    }

    [Fact]
    public async Task A_body_of_another_form_type_or_size_is_refused_before_anything_is_asked()
    {
        var (report, _) = await app.FileAsync();
        using var anna = await AnalystTab.OpenAsync(app);

        using var noArray = await anna.PostAsync(report.Id, [0xa0]);
        using var one = await anna.PostAsync(report.Id, [0x81, 0x41, 0x00]);
        using var trailing = await anna.PostAsync(report.Id, [0x82, 0x41, 0x00, 0x41, 0x00, 0x00]);
        using var noGrant = await anna.PostAsync(report.Id, [0x82, 0x41, 0x00, 0x41, 0x00]);
        using var wrongType = await anna.PostAsync(report.Id, [0x82, 0x41, 0x00, 0x41, 0x00], "application/cose");
        using var large = await anna.PostAsync(report.Id, new byte[65 * 1024]);

        await noArray.ShouldBeProblemAsync(400, "request.malformed");
        await one.ShouldBeProblemAsync(400, "request.malformed");
        await trailing.ShouldBeProblemAsync(400, "request.malformed");
        await noGrant.ShouldBeProblemAsync(403, EvidenceCodes.GrantMalformed);
        await wrongType.ShouldBeProblemAsync(415, "request.unsupported-media-type");
        await large.ShouldBeProblemAsync(413, "request.too-large");
    }

    private static uint IndexOf(Moderation.Tests.FiledReport report, SegmentKind kind) =>
        (uint)report.Segments.Index().Single(s => s.Item.Kind == kind).Index;

    private static byte[][] Ascending(params byte[][] kids) =>
        [.. kids.OrderBy(Convert.ToHexStringLower, StringComparer.Ordinal)];

    // The last byte: the first 56 are judged by the vault at every opening.
    private static async Task FlipAsync(string blob)
    {
        var bytes = await File.ReadAllBytesAsync(blob);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes);
    }
}
