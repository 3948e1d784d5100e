// The people and the report of one release, and what each of them does, as tests need it.
using System.Security.Cryptography;
using Moderation.Contracts.Legal;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.Features.Http;
using Moderation.IntegrationTests.Opening;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Legal;

public sealed class ReleaseDesk : IDisposable
{
    private readonly App _app;

    private ReleaseDesk(App app) => _app = app;

    public required FiledReport Report { get; init; }
    public required CaseId Case { get; init; }
    public required AnalystTab Liaison { get; init; }
    public required AnalystTab Senior { get; init; }
    public required AnalystTab Custodian { get; init; }
    public KemKeyPair Agency { get; } = KemKeyPair.Generate(Kem.X25519);

    public static async Task<ReleaseDesk> OpenAsync(App app)
    {
        var (report, about) = await app.FileAsync(note: "he would not stop");
        return await ForAsync(app, report, about);
    }

    /// <summary>The people for a report that is there already.</summary>
    public static async Task<ReleaseDesk> ForAsync(App app, FiledReport report, CaseId about) =>
        new(app)
        {
            Report = report,
            Case = about,
            Liaison = await AnalystTab.OpenAsync(app, StaffRole.Liaison),
            Senior = await AnalystTab.OpenAsync(app, StaffRole.Senior),
            Custodian = await AnalystTab.OpenAsync(app, StaffRole.Custodian),
        };

    public ExportRequest Ask(params int[] segments)
    {
        var now = _app.Clock.GetUtcNow();
        return new ExportRequest(
            Case.ToString(),
            new LegalProcessRequest(
                "us_search_warrant",
                new AuthorityShape("Example Police", "US", "desk@police.example"),
                "W-1",
                now.AddHours(-2),
                now.AddHours(-1),
                "portal",
                new LegalScope(["content", "subscriber", "moderation"], DateTimeOffset.UnixEpoch, now)
            ),
            Report.Id,
            segments.Length > 0 ? segments : [0, Report.Segments.Count - 1],
            Bytes.ToText(Agency.PublicKey)
        );
    }

    public async Task<ExportShape> RequestAsync(params int[] segments)
    {
        using var answer = await PostAsync(Liaison.Http, "/v1/exports", Ask(segments));
        return await answer.ShouldBeAsync<ExportShape>(201);
    }

    public static Task<HttpResponseMessage> ApproveAsync(AnalystTab by, ExportShape export)
    {
        Bytes.TryRead(export.GrantPayload, out var payload).ShouldBeTrue();
        return PostAsync(
            by.Http,
            $"/v1/exports/{export.Id}:approve",
            new ExportApprovalRequest(Bytes.ToText(Grant.Approve(by.Key, payload)))
        );
    }

    public async Task<ExportShape> ApprovedAsync(params int[] segments)
    {
        var export = await RequestAsync(segments);
        using var first = await ApproveAsync(Senior, export);
        await first.ShouldBeAsync(200);
        using var second = await ApproveAsync(Custodian, export);
        return await second.ShouldBeAsync<ExportShape>(200);
    }

    public Task<HttpResponseMessage> BuildAsync(
        ExportShape export,
        byte[]? recipient = null,
        TimeSpan age = default,
        AnalystTab? by = null
    )
    {
        by ??= Liaison;
        Bytes.TryRead(export.GrantPayload, out var payload).ShouldBeTrue();
        var terms = GrantTerms.Parse(payload)!;
        var request = new KeyRequest
        {
            RequestId = RandomNumberGenerator.GetBytes(16),
            GrantId = terms.GrantId,
            ContentId = terms.ContentId,
            Indices = terms.Indices,
            Recipient = recipient ?? Agency.PublicKey.ToArray(),
            CreatedMs = (ulong)(_app.Clock.GetUtcNow() - age).ToUnixTimeMilliseconds(),
        };
        return PostAsync(
            by.Http,
            $"/v1/exports/{export.Id}:build",
            new ExportBuildRequest(Bytes.ToText(request.Sign(by.Key)))
        );
    }

    public async Task<ExportShape> PublishedAsync(params int[] segments)
    {
        using var answer = await BuildAsync(await ApprovedAsync(segments));
        return await answer.ShouldBeAsync<ExportShape>(200);
    }

    /// <summary>Downloads the package into the folder and returns its path.</summary>
    public async Task<string> DownloadAsync(ExportShape export, string folder)
    {
        using var answer = await Liaison.Http.GetAsync($"/v1/exports/{export.Id}/package");
        await answer.ShouldBeAsync(200);
        var file = Path.Combine(folder, export.Package!.Name);
        await File.WriteAllBytesAsync(file, await answer.Content.ReadAsByteArrayAsync());
        return file;
    }

    public void Dispose()
    {
        Liaison.Dispose();
        Senior.Dispose();
        Custodian.Dispose();
        Agency.Dispose();
    }

    private static Task<HttpResponseMessage> PostAsync<T>(HttpClient http, string path, T body) =>
        http.PostAsync(path, Answers.Json(body));
}
