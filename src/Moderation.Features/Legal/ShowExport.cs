// Shows an export, and hands out its package once it is published: GET /v1/exports/{id} and …/package.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Moderation.Contracts.Legal;
using Moderation.Data;
using Moderation.Domain.Legal;
using Moderation.Features.Http;

namespace Moderation.Features.Legal;

public static class ShowExport
{
    /// <summary>Those with a part in a release: liaison, senior, custodian.</summary>
    internal static readonly string[] Readers = ["liaison", "senior", "custodian"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/v1/exports/{id}", GetAsync)
            .RequireAuthorization(policy => policy.RequireRole(Readers))
            .WithSummary("An export: its plan, its grant, its approvals, its state");
        routes
            .MapGet("/v1/exports/{id}/package", DownloadAsync)
            .RequireAuthorization(Policies.Liaison)
            .WithSummary("The published package as a tar file");
    }

    private static async Task<Results<Ok<ExportShape>, ProblemHttpResult>> GetAsync(
        ExportId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    ) =>
        await ExportRows.FindAsync(db, id, caller, ct) is { } found
            ? TypedResults.Ok(await ExportRows.ShapeAsync(db, found.Export, found.Case.Reference, ct))
            : ExportRefusals.NotFound.ToProblem();

    private static async Task<Results<PhysicalFileHttpResult, ProblemHttpResult>> DownloadAsync(
        ExportId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        IConfiguration configuration,
        TimeProvider clock,
        HttpContext context,
        CancellationToken ct
    )
    {
        if (await ExportRows.FindAsync(db, id, caller, ct) is not { } found)
            return ExportRefusals.NotFound.ToProblem();
        if (found.Export.Status != ExportStatus.Published)
            return ExportRefusals.NotPublished.ToProblem();
        var said = db.Say("export.downloaded", new { export_id = id.ToString() }, clock.GetUtcNow());
        (said.CaseId, said.Actor) = (found.Case.Id.Value, caller.Subject());
        await db.SaveChangesAsync(ct);
        context.Response.Headers.CacheControl = "no-store";
        var name = $"{found.Export.PackageName(found.Case.Reference)}.tar";
        var folder = new ExportFolders(configuration).Published(found.Export.GroupName(found.Case.Reference));
        return TypedResults.PhysicalFile(Path.Combine(folder, name), "application/x-tar", name);
    }
}
