// The list of releases: newest first, in pages, for those with a part in one.
using Moderation.Contracts.Legal;
using Moderation.Contracts.Triage;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests.Opening;

namespace Moderation.IntegrationTests.Legal;

[Collection(OpeningCollection.Name)]
public sealed class ListExportsTests(VaultApp app)
{
    [Fact]
    public async Task Releases_come_newest_first_in_pages_that_neither_repeat_nor_leave_one_out()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var asked = new List<string>();
        for (var i = 0; i < 3; i++)
            asked.Add((await desk.RequestAsync()).Id);
        asked.Reverse();

        var seen = new List<string>();
        for (var path = "/v1/exports?limit=2"; seen.Count < 3; )
        {
            using var answer = await desk.Senior.Http.GetAsync(path);
            var page = await answer.ShouldBeAsync<Page<ExportRow>>(200);
            seen.AddRange(page.Items.Select(row => row.Id));
            path = $"/v1/exports?limit=2&cursor={page.Next}";
        }

        seen.Take(3).ShouldBe(asked);
    }

    [Fact]
    public async Task A_row_says_how_many_have_approved()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.RequestAsync();
        using var approved = await ReleaseDesk.ApproveAsync(desk.Senior, export);

        using var answer = await desk.Custodian.Http.GetAsync("/v1/exports");

        var row = (await answer.ShouldBeAsync<Page<ExportRow>>(200)).Items.Single(r => r.Id == export.Id);
        (row.Approvals, row.Status, row.Name).ShouldBe((1, "planned", export.Name));
    }

    [Fact]
    public async Task A_cursor_serves_only_the_one_it_was_given_to()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        await desk.RequestAsync();
        await desk.RequestAsync();
        using var first = await desk.Senior.Http.GetAsync("/v1/exports?limit=1");
        var next = (await first.ShouldBeAsync<Page<ExportRow>>(200)).Next;

        using var other = await desk.Liaison.Http.GetAsync($"/v1/exports?limit=1&cursor={next}");

        await other.ShouldBeProblemAsync(400, "cursor.invalid");
    }

    [Theory]
    [InlineData(StaffRole.Analyst)]
    [InlineData(StaffRole.Auditor)]
    [InlineData(StaffRole.Admin)]
    public async Task Who_has_no_part_in_a_release_sees_no_list(StaffRole role)
    {
        using var answer = await (await app.StaffAsync(role)).Http.GetAsync("/v1/exports");

        await answer.ShouldBeProblemAsync(403, "auth.forbidden");
    }
}
