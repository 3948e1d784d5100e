// Gets segment keys for one browser from the vault, under a grant and a live claim: POST /v1/reports/{id}/key-releases.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Features.Http;
using Moderation.Features.Storage;

namespace Moderation.Features.Opening;

public static class ReleaseKeys
{
    private const string Cbor = "application/cbor";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reports/{id}/key-releases", PostAsync)
            .WithMetadata(new RequestSizeLimitAttribute(KeyReleaseBody.Longest))
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Open segments: a grant and a key request in, one sealed key a segment out");

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> PostAsync(
        ReportId id,
        HttpRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var type = request.GetTypedHeaders().ContentType?.MediaType.Value;
        if (!string.Equals(type, Cbor, StringComparison.OrdinalIgnoreCase))
            return Problems.Of(415, "request.unsupported-media-type", $"Send {Cbor}.");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        if (KeyReleaseBody.Parse(body.ToArray()) is not { } asked)
            return Problems.Of(400, "request.malformed", "Send a CBOR array of two byte strings: grant, key request.");
        var outcome = await handler.HandleAsync(id, asked, caller, ct);
        return outcome.Match<Results<FileContentHttpResult, ProblemHttpResult>>(
            releases => TypedResults.Bytes(KeyReleaseAnswer.Encode(releases), Cbor),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(
        ModerationDb db,
        VaultFacts facts,
        VaultClient vault,
        DestroyedKeys destroyed,
        TimeProvider clock
    )
    {
        public async Task<Outcome<IReadOnlyList<byte[]>>> HandleAsync(
            ReportId id,
            KeyReleaseBody body,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            if (await SealedReports.VisibleTo(db, caller).SingleOrDefaultAsync(r => r.Id == id, ct) is not { } report)
                return ReportRefusals.NotFound;
            if (!Grant.Parse(body.Grant).Holds(out var grant, out var malformed))
                return await RefuseAsync(report, null, malformed.ToRefusal(), caller, ct);
            var about = await CaseOfAsync(id, grant.Terms, ct);
            if (!KeyRequest.Parse(body.KeyRequest).Holds(out var request, out malformed))
                return await RefuseAsync(report, about, malformed.ToRefusal(), caller, ct);

            var asked = new OpeningAsked(
                report,
                grant,
                request,
                about,
                caller.Staff(),
                about is not null && await HasClaimAsync(about.Id, caller.Staff(), ct),
                await ApproversAsync(grant, request, about, ct)
            );
            if (OpeningRules.Judge(asked) is { } refusal)
                return await RefuseAsync(report, about, refusal, caller, ct);

            VaultAnswer answer;
            try
            {
                var opening = await facts.AssertAsync(report, body, about!.Id, request.Request.Indices, ct);
                answer = await vault.OpenAsync(opening, facts.SegmentsOf(id), ct);
            }
            catch (BlobMissingException)
            {
                return await RefuseAsync(report, about, StorageRefusals.SegmentMissing, caller, ct);
            }
            if (answer.Kind != VaultAnswerKind.Done)
                return await RefuseAsync(report, about, RefusalOf(answer.Code, report), caller, ct);
            await SayOpenedAsync(report, about, asked, caller, ct);
            return Outcome(answer.SignedObjects);
        }

        // The vault has no such key; whether it was destroyed or is missing is a different thing to a person.
        private Refusal RefusalOf(string code, Report report) =>
            code == EvidenceCodes.EvidenceDestroyed
            || (code == EvidenceCodes.UnknownRecipientKey && destroyed.Concern(report.HeadPart))
                ? ReportRefusals.EvidenceDestroyed
                : new EvidenceRefusal(code).ToRefusal();

        // An interface type has no implicit conversion.
        private static Outcome<IReadOnlyList<byte[]>> Outcome(IReadOnlyList<byte[]> releases) =>
            (byte[][])[.. releases];

        private Task<Case?> CaseOfAsync(ReportId report, GrantTerms terms, CancellationToken ct)
        {
            var id = new CaseId(new Guid(terms.CaseId, bigEndian: true));
            return SealedReports.CasesOf(db, report).FirstOrDefaultAsync(c => c.Id == id, ct);
        }

        private async Task<bool> HasClaimAsync(CaseId id, StaffId staff, CancellationToken ct)
        {
            var now = await db.NowAsync(ct);
            return await db.Claims.AnyAsync(
                c => c.CaseId == id && c.StaffId == staff && c.ReleasedAt == null && c.LeaseExpiresAt > now,
                ct
            );
        }

        private async Task<Dictionary<string, Approver>> ApproversAsync(
            Grant grant,
            SignedKeyRequest request,
            Case? about,
            CancellationToken ct
        )
        {
            byte[][] kids = [.. grant.Approvals.Select(a => a.Kid), request.Envelope.Kid];
            var isChildSafety = about?.Lane == Lane.ChildSafety;
            var rows = await db
                .ApprovalKeys.AsNoTracking()
                .Where(key => kids.Contains(key.Kid) && key.State == ApprovalKeyState.Enrolled)
                .Join(db.Staff.AsNoTracking(), key => key.StaffId, person => person.Id, (k, p) => new { k, p })
                .Where(row => !row.p.Disabled)
                .ToListAsync(ct);
            return rows.Select(row => (row.p, Key: CoseKey.Parse(row.k.CoseKey)!))
                .ToDictionary(
                    row => row.Key.KidHex,
                    row => new Approver(
                        row.Key,
                        row.p.Id,
                        row.p.Role is StaffRole.Analyst or StaffRole.Senior && (!isChildSafety || row.p.ChildSafety)
                    )
                );
        }

        // Before the answer: keys of which no line tells do not leave (triage.md 14).
        private Task<int> SayOpenedAsync(
            Report report,
            Case about,
            OpeningAsked asked,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            var terms = asked.Grant.Terms;
            var said = db.Say(
                SegmentsOpened.Kind,
                new SegmentsOpened(
                    report.Id.ToString(),
                    about.Id.ToString(),
                    Convert.ToHexStringLower(terms.GrantId),
                    (int)terms.Purpose,
                    [.. asked.Request.Request.Indices.Select(index => (int)index)]
                ),
                clock.GetUtcNow()
            );
            (said.CaseId, said.Actor) = (about.Id.Value, caller.Subject());
            return db.SaveChangesAsync(ct);
        }

        private async Task<Refusal> RefuseAsync(
            Report report,
            Case? about,
            Refusal refusal,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            var said = db.Say(
                OpeningRefused.Kind,
                new OpeningRefused(report.Id.ToString(), about?.Id.ToString(), refusal.Code),
                clock.GetUtcNow()
            );
            (said.CaseId, said.Actor) = (about?.Id.Value, caller.Subject());
            await db.SaveChangesAsync(ct);
            return refusal;
        }
    }
}
