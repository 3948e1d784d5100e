// How much one device and one account may ask of intake (evidence-bundle.md 15).
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Reports;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

public sealed class IntakeLimits(Limits limits)
{
    /// <summary>Challenges of a device that are neither answered nor over.</summary>
    public long OpenChallenges => limits.Of(Limits.OpenChallenges);

    /// <summary>True when the device has filed as many reports in the last hour as it may, with and without a bundle.</summary>
    public async Task<bool> HasFiledTooMuchAsync(ModerationDb db, byte[] kid, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - TimeSpan.FromHours(1);
        return await db.Reports.CountAsync(r => r.DeviceKid == kid && r.FiledAt > since, ct)
            >= limits.Of(Limits.ReportsAnHour);
    }

    /// <summary>True when the account has no room for one more upload.</summary>
    public async Task<bool> HasTooMuchOpenAsync(ModerationDb db, AccountId account, CancellationToken ct)
    {
        var open = db.Reports.Where(r => r.ReporterId == account && r.State == ReportState.Uploading);
        if (await open.CountAsync(ct) >= limits.Of(Limits.OpenUploads))
            return true;
        var bytes = await db
            .ReportSegments.Where(s => open.Any(r => r.Id == s.ReportId))
            .SumAsync(s => (long)s.CiphertextLength, ct);
        return bytes >= limits.Of(Limits.OpenBytes);
    }
}
