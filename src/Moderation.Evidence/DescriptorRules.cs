// The rules of section 6.2 that a well-formed descriptor must also keep (step E6).
namespace Moderation.Evidence;

internal static class DescriptorRules
{
    private const uint CaptureDuration = 300_000;

    public static bool Hold(Descriptor descriptor, int position, Manifest manifest, int receipts) =>
        descriptor.Index == position
        && descriptor.PlaintextLength <= EvidenceLimits.SegmentPlaintext
        && descriptor.CiphertextLength == Cobblestone256.CiphertextLength(descriptor.PlaintextLength)
        && KindHolds(descriptor)
        && descriptor.T0 <= EvidenceLimits.SafeInteger
        && manifest.WindowStart <= descriptor.T0
        && descriptor.T0 + descriptor.Duration <= manifest.WindowEnd
        && ReceiptHolds(descriptor, receipts);

    private static bool KindHolds(Descriptor descriptor)
    {
        var hasParticipant = descriptor.Participant.AsSpan().ContainsAnyExcept((byte)0);
        return (SegmentKind)descriptor.Kind switch
        {
            SegmentKind.AttestedMedia or SegmentKind.AssertedMedia => hasParticipant
                && descriptor.Duration <= EvidenceLimits.MediaDuration
                && descriptor.Content is (>= 1 and <= 5) or (>= 257 and <= 261),
            SegmentKind.Chat => IsShort(descriptor) && descriptor.Content is 16,
            SegmentKind.Screenshot => IsShort(descriptor) && descriptor.Content is 32 or 33,
            SegmentKind.Note => IsShort(descriptor) && descriptor.Stream == 0 && descriptor.Content is 48,
            SegmentKind.Roster => IsShort(descriptor)
                && !hasParticipant
                && descriptor.Stream == 0
                && descriptor.Content is 17,
            SegmentKind.Gap => IsShort(descriptor)
                && descriptor.PlaintextLength == 0
                && descriptor.Content is >= 64 and <= 69,
            _ => false,
        };
    }

    private static bool ReceiptHolds(Descriptor descriptor, int receipts) =>
        (SegmentKind)descriptor.Kind == SegmentKind.AttestedMedia
            ? descriptor.Receipt >= 0 && descriptor.Receipt < receipts
            : descriptor.Receipt == -1;

    private static bool IsShort(Descriptor descriptor) => descriptor.Duration <= CaptureDuration;
}
