// Shows the vault's signing key, which a browser pins when its approval key is made: GET /v1/vault-key.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Moderation.Contracts.Staff;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Opening;

public static class ShowVaultKey
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/vault-key", GetAsync)
            .RequireAuthorization(Policies.Staff)
            .WithSummary("The vault's signing key, for pinning at enrolment");

    private static async Task<Results<Ok<VaultKeyShape>, ProblemHttpResult>> GetAsync(
        IConfiguration configuration,
        CancellationToken ct
    )
    {
        var folder = configuration["Keys:Public"];
        var path = Path.Combine(
            string.IsNullOrEmpty(folder) ? throw new InvalidOperationException("Keys:Public is not set.") : folder,
            "vault.pub"
        );
        if (!File.Exists(path))
            return Problems.Of(503, "vault.no-key", "The key ceremony has not been held.");
        // One line: the hex of the COSE_Key. Read every time, so that a rotation needs no restart.
        var hex = (await File.ReadAllTextAsync(path, ct)).Trim();
        var key =
            CoseKey.Parse(Convert.FromHexString(hex)) ?? throw new InvalidDataException("vault.pub is no COSE_Key.");
        return TypedResults.Ok(new VaultKeyShape(Bytes.ToText(key.Encode())));
    }
}
