// Signs staff in and out: POST, GET and DELETE /v1/session.
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Moderation.Contracts.Staff;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Staff;
using Moderation.Features.Http;

namespace Moderation.Features.Staff;

public static class SignIn
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(12);

    public sealed class Validator : AbstractValidator<SignInRequest>
    {
        public Validator()
        {
            RuleFor(r => r.Login).NotEmpty().MaximumLength(64);
            RuleFor(r => r.Password).NotEmpty().MaximumLength(200);
        }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/session", PostAsync).Validate<SignInRequest>().AllowAnonymous();
        routes.MapGet("/v1/session", GetAsync).RequireAuthorization(Policies.Staff);
        routes.MapDelete("/v1/session", DeleteAsync).RequireAuthorization(Policies.Staff);
    }

    private static async Task<Results<Ok<SessionShape>, ProblemHttpResult>> PostAsync(
        SignInRequest request,
        Handler handler,
        HttpContext context,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(request, ct);
        if (outcome.Refusal is { } refusal)
            return refusal.ToProblem();
        var session = outcome.Value;
        if (!request.Cookie)
            return TypedResults.Ok(session);
        context.Response.Cookies.Append(
            Credentials.CookieName,
            session.Token!,
            new CookieOptions
            {
                HttpOnly = true,
                Secure = context.Request.IsHttps,
                SameSite = SameSiteMode.Strict,
                Expires = session.ExpiresAt,
                IsEssential = true,
            }
        );
        return TypedResults.Ok(session with { Token = null });
    }

    private static async Task<Ok<SessionShape>> GetAsync(
        ClaimsPrincipal caller,
        ModerationDb db,
        IConfiguration configuration,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var id = caller.Staff();
        var member = await db.Staff.AsNoTracking().SingleAsync(s => s.Id == id, ct);
        return TypedResults.Ok(ShapeOf(member, clock.GetUtcNow() + Life, null, configuration));
    }

    private static async Task<NoContent> DeleteAsync(
        HttpContext context,
        ModerationDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var token =
            context.Request.Cookies[Credentials.CookieName]
            ?? context
                .Request.Headers.Authorization.ToString()
                .Replace("Bearer ", "", StringComparison.OrdinalIgnoreCase);
        var hash = Credentials.HashOf(token);
        var now = clock.GetUtcNow();
        await db
            .Credentials.Where(c => c.Hash == hash)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.RevokedAt, now), ct);
        context.Response.Cookies.Delete(Credentials.CookieName);
        return TypedResults.NoContent();
    }

    private static SessionShape ShapeOf(
        StaffMember member,
        DateTimeOffset expiresAt,
        string? token,
        IConfiguration configuration
    ) =>
        new(
            member.Id.ToString(),
            member.Pseudonym,
            CredentialAuthentication.RoleName(member.Role),
            member.ChildSafety,
            configuration.GetValue<bool>("Demo"),
            expiresAt,
            token
        );

    public sealed class Handler(
        ModerationDb db,
        IPasswordHasher<StaffMember> hasher,
        IConfiguration configuration,
        TimeProvider clock
    )
    {
        public async Task<Outcome<SessionShape>> HandleAsync(SignInRequest request, CancellationToken ct)
        {
            var member = await db.Staff.SingleOrDefaultAsync(s => s.Login == request.Login && !s.Disabled, ct);
            // An unknown login costs the same work as a wrong password, so time tells nobody which it was.
            var stored = member?.PasswordHash is { Length: > 0 } hash ? hash : Decoy;
            var good =
                hasher.VerifyHashedPassword(member!, stored, request.Password) != PasswordVerificationResult.Failed;
            if (member is null || !good)
                return StaffRefusals.SignInFailed;

            var now = clock.GetUtcNow();
            var token = Credentials.Issue(db, CredentialKind.Session, member.Id.ToString(), now, Life);
            var said = db.Say("staff.signed-in", new { staff_id = member.Id.ToString() }, now);
            said.Actor = member.Id.ToString();
            await db.SaveChangesAsync(ct);
            return ShapeOf(member, now + Life, token, configuration);
        }

        private static readonly string Decoy = new PasswordHasher<StaffMember>().HashPassword(null!, "decoy");
    }
}
