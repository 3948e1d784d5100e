// Reads what the verifier asks of the world out of the database: device, meeting, hosts, challenge.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using DeviceStatus = Moderation.Evidence.DeviceStatus;

namespace Moderation.Features.Intake;

/// <param name="Meeting">The meeting with the hosts the caller may report as, or null when it is unknown.</param>
/// <param name="Challenge">The row that will be consumed, tracked, or null when it is unknown.</param>
/// <param name="Issued">The same as the verifier sees it.</param>
internal sealed record VerificationRows(KnownMeeting? Meeting, Challenge? Challenge, IssuedChallenge? Issued)
{
    public static RegisteredDevice Read(Device device) =>
        new(
            CoseKey.From((CoseAlgorithm)device.Algorithm, device.PublicKey)
                ?? throw new InvalidDataException("A registered device has no valid key."),
            device.Status switch
            {
                Domain.Accounts.DeviceStatus.Active => DeviceStatus.Active,
                Domain.Accounts.DeviceStatus.Frozen => DeviceStatus.Frozen,
                _ => DeviceStatus.Revoked,
            },
            // Registered without a certificate, key 19 is zeros (evidence-bundle.md 5.2).
            CertificateHash: device.Certificate is { } certificate
                ? DeviceCertificate.HashOf(certificate)
                : new byte[32],
            (ulong)device.LastCounter,
            device.LastContentId
        );

    private static CoseKey Read(MeetingRelay relay) =>
        CoseKey.From((CoseAlgorithm)relay.Algorithm, relay.PublicKey)
        ?? throw new InvalidDataException("A meeting's relay has no valid key.");

    public static async Task<VerificationRows> ReadAsync(
        ModerationDb db,
        Manifest manifest,
        AccountId account,
        CancellationToken ct
    )
    {
        var (uuid, value) = (manifest.Meeting, manifest.Challenge);
        var meeting = await db.Meetings.AsNoTracking().SingleOrDefaultAsync(m => m.MeetingUuid == uuid, ct);
        var challenge = await db.Challenges.SingleOrDefaultAsync(c => c.Value == value, ct);
        if (meeting is null)
            return new VerificationRows(null, challenge, null);
        // Only the caller's own pseudonyms: nobody reports in another host's name.
        var hosts = await db
            .Participants.Where(p => p.MeetingId == meeting.Id && p.WasHost && p.AccountId == account)
            .Select(p => p.Pseudonym)
            .ToListAsync(ct);
        var issued = challenge is null
            ? null
            : new IssuedChallenge(
                challenge.DeviceKid,
                // A challenge of another meeting must not match: no manifest can name a meeting of no bytes.
                challenge.MeetingId == meeting.Id
                    ? meeting.MeetingUuid
                    : [],
                challenge.Reporter,
                (ulong)challenge.ExpiresAt.ToUnixTimeMilliseconds(),
                challenge.UsedAt is not null
            );
        var relays = await db.MeetingRelays.AsNoTracking().Where(r => r.MeetingId == meeting.Id).ToListAsync(ct);
        return new VerificationRows(new KnownMeeting(hosts, [.. relays.Select(Read)]), challenge, issued);
    }
}
