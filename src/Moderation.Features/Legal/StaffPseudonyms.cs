// Names staff in what leaves the system: stable within one case, different in every other (case-package.md 1, CP-2).
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;

namespace Moderation.Features.Legal;

/// <summary>`ROLE:8 hex`. Without the installation's secret nobody can tell who it is, also not by trying all members of staff.</summary>
public sealed class StaffPseudonyms(IConfiguration configuration)
{
    private readonly Lazy<byte[]> _key = new(() =>
        File.ReadAllBytes(
            configuration["Keys:Secrets"] is { Length: > 0 } path
                ? path
                : throw new InvalidOperationException("Keys:Secrets is not set.")
        )
    );

    public string Of(CaseId about, StaffId staff, StaffRole role)
    {
        var name = Encoding.UTF8.GetBytes($"moderation/case-pseudonym/v1|{about}|{staff}");
        var mark = HMACSHA256.HashData(_key.Value, name).AsSpan(0, 4);
        return $"{role.ToString().ToLowerInvariant()}:{Convert.ToHexStringLower(mark)}";
    }
}
