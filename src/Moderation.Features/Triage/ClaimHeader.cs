// Reads the claim that a write is made under: `Moderation-Claim: clm_…;fence=7`.
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Moderation.Domain.Cases;

namespace Moderation.Features.Triage;

public readonly record struct ClaimHeader(ClaimId Id, int Fence)
{
    public const string Name = "Moderation-Claim";

    public static bool TryRead(HttpRequest request, out ClaimHeader claim)
    {
        claim = default;
        var parts = request.Headers[Name].ToString().Split(';', StringSplitOptions.TrimEntries);
        if (parts is not [var id, var fence] || !ClaimId.TryParse(id, null, out var parsed))
            return false;
        const string Prefix = "fence=";
        if (
            !fence.StartsWith(Prefix, StringComparison.Ordinal)
            || !int.TryParse(fence[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
            return false;
        claim = new ClaimHeader(parsed, number);
        return true;
    }
}
