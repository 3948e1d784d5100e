// Legal holds and what retention would destroy: who may do what, and that a hold keeps what it covers.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Legal;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests.Intake;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Legal;

public sealed class HoldTests(PostgresCluster cluster) : IAsyncLifetime
{
    private App _app = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _app = await App.StartAsync(cluster, ("Role", "api"), ("Keys:Log", ""));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Evidence_of_a_closed_case_is_due_after_its_time_and_a_hold_keeps_it_until_two_custodians_release_it()
    {
        var (report, about) = await ClosedCaseAsync();
        var custodian = await _app.StaffAsync(StaffRole.Custodian);
        var second = await _app.StaffAsync(StaffRole.Custodian);
        var liaison = await _app.StaffAsync(StaffRole.Liaison);
        (await PreviewAsync(custodian)).Due.ShouldBeEmpty();
        _app.Clock.Offset += TimeSpan.FromDays(200);
        custodian = await _app.StaffAsync(StaffRole.Custodian);
        second = await _app.StaffAsync(StaffRole.Custodian);
        liaison = await _app.StaffAsync(StaffRole.Liaison);
        (await PreviewAsync(custodian)).Due.ShouldHaveSingleItem().ReportId.ShouldBe(report.ToString());

        using var placed = await liaison.Http.PostAsync(
            "/v1/holds",
            Answers.Json(new HoldRequest("own.litigation", "F-1", "a claim is expected", Cases: [about.ToString()])),
            Ct
        );
        var hold = await placed.ShouldBeAsync<HoldShape>(201);

        var kept = await PreviewAsync(custodian);
        kept.Due.ShouldBeEmpty();
        kept.Held.ShouldHaveSingleItem().Blockers.ShouldBe([$"hold:{hold.Id}"]);
        (await ReleaseAsync(custodian, hold.Id)).State.ShouldBe("release_asked");
        using (var again = await PostReleaseAsync(custodian, hold.Id))
            await again.ShouldBeProblemAsync(409, "hold.second-person");
        (await PreviewAsync(custodian)).Due.ShouldBeEmpty();
        (await ReleaseAsync(second, hold.Id)).State.ShouldBe("released");
        (await PreviewAsync(custodian)).Due.ShouldHaveSingleItem().Rule.ShouldBe("own.evidence.no_action");
    }

    [Fact]
    public async Task One_of_three_stacked_holds_is_enough_to_keep_it()
    {
        var (report, about) = await ClosedCaseAsync();
        _app.Clock.Offset += TimeSpan.FromDays(200);
        var liaison = await _app.StaffAsync(StaffRole.Liaison);
        var custodian = await _app.StaffAsync(StaffRole.Custodian);
        var second = await _app.StaffAsync(StaffRole.Custodian);
        var row = await _app.InDbAsync(db => db.Reports.AsNoTracking().SingleAsync(r => r.Id == report, Ct));
        HoldRequest[] requests =
        [
            new("us.2703f", "A", "letter", Meetings: [row.MeetingId.ToString()]),
            new("us.2703f", "B", "letter", Accounts: [row.ReporterId.ToString()]),
            new("eu.epoc_pr", "C", "order", Cases: [about.ToString()]),
        ];
        List<string> ids = [];
        foreach (var request in requests)
            using (var answer = await liaison.Http.PostAsync("/v1/holds", Answers.Json(request), Ct))
                ids.Add((await answer.ShouldBeAsync<HoldShape>(201)).Id);

        foreach (var id in ids[..2])
        {
            await ReleaseAsync(custodian, id);
            await ReleaseAsync(second, id);
        }

        (await PreviewAsync(custodian)).Held.ShouldHaveSingleItem().Blockers.ShouldBe([$"hold:{ids[2]}"]);
        // The order's 60 days end at 24:00 of the last one.
        _app.Clock.Offset += TimeSpan.FromDays(62);
        custodian = await _app.StaffAsync(StaffRole.Custodian);
        (await PreviewAsync(custodian)).Due.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_hold_needs_a_basis_of_the_table_and_something_to_cover_and_the_right_person()
    {
        var liaison = await _app.StaffAsync(StaffRole.Liaison);
        var analyst = await _app.StaffAsync(StaffRole.Analyst);
        var fine = new HoldRequest("us.2703f", "A", "letter", Cases: [CaseId.New(_app.Clock.GetUtcNow()).ToString()]);

        using var basis = await PostAsync(liaison, fine with { Basis = "own.evidence.actioned" });
        using var scope = await PostAsync(liaison, fine with { Cases = [] });
        using var ids = await PostAsync(liaison, fine with { Cases = ["case_nonsense"] });
        using var person = await PostAsync(analyst, fine);

        await basis.ShouldBeProblemAsync(422, "hold.unknown-basis");
        await scope.ShouldBeProblemAsync(422, "hold.empty-scope");
        await ids.ShouldBeProblemAsync(400, "request.invalid");
        person.StatusCode.ShouldBe(System.Net.HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_hold_waits_for_a_destruction_that_is_under_way_and_none_begins_without_seeing_it()
    {
        await _app.InDbAsync(async db =>
        {
            await using var destroying = await db.Database.BeginTransactionAsync(Ct);
            await DeletionGate.EnterAsync(db, Ct);
            var liaison = await _app.StaffAsync(StaffRole.Liaison);
            var placing = PostAsync(
                liaison,
                new HoldRequest("us.2703f", "A", "letter", Cases: [CaseId.New(_app.Clock.GetUtcNow()).ToString()])
            );

            await Task.Delay(300, Ct);
            placing.IsCompleted.ShouldBeFalse();
            await destroying.CommitAsync(Ct);

            using var placed = await placing;
            await placed.ShouldBeAsync(201);
        });
    }

    private async Task<(ReportId Report, CaseId Case)> ClosedCaseAsync()
    {
        var host = await ReportingHost.JoinAsync(_app);
        var (accepted, bundle) = await host.FileAsync();
        (await host.PutFilingAsync(accepted.ReportId, host.Filing(bundle, host.Others[0]))).EnsureSuccessStatusCode();
        await host.PutSegmentsAsync(accepted.ReportId, bundle);
        await (await host.CompleteAsync(accepted.ReportId)).ShouldBeAsync(200);
        var report = ReportingHost.IdOf(accepted.ReportId);
        var about = await _app.InDbAsync(async db =>
        {
            var subject = await db.ReportSubjects.SingleAsync(s => s.ReportId == report, Ct);
            var found = await db.Cases.AsTracking().SingleAsync(c => c.Id == subject.CaseId, Ct);
            found.Make(CaseMove.Decide).Refusal.ShouldBeNull();
            found.ClosedAt = _app.Clock.GetUtcNow();
            await db.SaveChangesAsync(Ct);
            return found.Id;
        });
        return (report, about);
    }

    private static Task<HttpResponseMessage> PostAsync(StaffLogin by, HoldRequest request) =>
        by.Http.PostAsync("/v1/holds", Answers.Json(request), Ct);

    private static Task<HttpResponseMessage> PostReleaseAsync(StaffLogin by, string id) =>
        by.Http.PostAsync($"/v1/holds/{id}:release", Answers.Json(new HoldReleaseRequest("it is over")), Ct);

    private static async Task<HoldShape> ReleaseAsync(StaffLogin by, string id)
    {
        using var answer = await PostReleaseAsync(by, id);
        return await answer.ShouldBeAsync<HoldShape>(200);
    }

    private static async Task<RetentionPreview> PreviewAsync(StaffLogin by)
    {
        using var answer = await by.Http.GetAsync("/v1/retention:preview", Ct);
        return await answer.ShouldBeAsync<RetentionPreview>(200);
    }
}
