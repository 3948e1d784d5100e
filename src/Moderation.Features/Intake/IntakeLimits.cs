// How much one device may ask of intake, from the configuration (evidence-bundle.md 15).
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Moderation.Data;

namespace Moderation.Features.Intake;

public sealed class IntakeLimits(IConfiguration configuration)
{
    /// <summary>Challenges of a device that are neither answered nor over.</summary>
    public int OpenChallenges { get; } = configuration.GetValue("Intake:OpenChallengesPerDevice", 10);

    /// <summary>Reports of a device that are accepted within one hour, with and without a bundle.</summary>
    public int ReportsAnHour { get; } = configuration.GetValue("Intake:BundlesPerDeviceAndHour", 20);

    /// <summary>True when the device has filed as many reports in the last hour as it may.</summary>
    public async Task<bool> HasFiledTooMuchAsync(ModerationDb db, byte[] kid, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - TimeSpan.FromHours(1);
        return await db.Reports.CountAsync(r => r.DeviceKid == kid && r.FiledAt > since, ct) >= ReportsAnHour;
    }
}
