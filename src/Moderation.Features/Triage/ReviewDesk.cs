// Puts decisions before a second person: those that must be looked at, those drawn by lot, those a void strike has touched.
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public sealed class ReviewDesk(ModerationDb db, PolicyDocument policy, SamplingKey key)
{
    /// <summary>The caller saves.</summary>
    public Review Open(Case about, Decision decision, ReviewKind kind, DateTimeOffset now)
    {
        var grave = (decision.Severity ?? about.Severity) is Severity.S0 or Severity.S1;
        // What is due must not tell the severity that was decided: a second look goes by what the case was before.
        if (kind == ReviewKind.SecondLook)
            grave = about.Severity is Severity.S0 or Severity.S1;
        var review = new Review
        {
            Id = ReviewId.New(now),
            CaseId = about.Id,
            DecisionId = decision.Id,
            Kind = kind,
            CreatedAt = now,
            DueAt = now.AddSeconds(grave ? policy.Reviews.GraveDueSeconds : policy.Reviews.DueSeconds),
            SecondShownFirst = RandomNumberGenerator.GetInt32(2) == 1,
        };
        db.Reviews.Add(review);
        var line = db.Say(ReviewOpened.Kind, new ReviewOpened(about.Id.ToString(), review.Id.ToString()), now);
        (line.CaseId, line.Actor) = (about.Id.Value, "system:second-look");
        return review;
    }

    /// <summary>Draws a released decision for quality, by a lot that can be checked again and not be steered (triage.md 11).</summary>
    public async Task DrawAsync(Case about, Decision decision, DateTimeOffset now, CancellationToken ct)
    {
        if (await db.Reviews.AnyAsync(r => r.DecisionId == decision.Id, ct))
            return;
        var before = await db
            .Decisions.Where(Decision.TookEffect)
            .CountAsync(d => d.DecidedBy == decision.DecidedBy, ct);
        if (before < policy.Reviews.SampleFirst || key.Lot(decision.Id) < policy.Reviews.SampleRate)
            Open(about, decision, ReviewKind.Sample, now);
    }
}

/// <summary>The secret behind the lot, made from the installation's own.</summary>
public sealed class SamplingKey
{
    private readonly byte[] _key;

    public SamplingKey(IConfiguration configuration)
    {
        var file = configuration["Keys:Secrets"];
        var root =
            file is { Length: > 0 } && File.Exists(file) ? File.ReadAllBytes(file) : RandomNumberGenerator.GetBytes(32);
        _key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            root,
            32,
            info: Encoding.UTF8.GetBytes("moderation/sampling/v1")
        );
    }

    /// <summary>0 to 1, the same for a decision however often it is asked.</summary>
    public double Lot(DecisionId decision) =>
        BinaryPrimitives.ReadUInt64BigEndian(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(decision.ToString())))
        / (double)ulong.MaxValue;
}
