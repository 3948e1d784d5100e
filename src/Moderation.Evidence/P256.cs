// Converts P-256 keys between their raw bytes and the platform's parameters.
using System.Security.Cryptography;

namespace Moderation.Evidence;

internal static class P256
{
    public static ECParameters PublicParameters(ReadOnlySpan<byte> point) =>
        new()
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
        };

    public static ECParameters PrivateParameters(ReadOnlySpan<byte> scalar) =>
        new() { Curve = ECCurve.NamedCurves.nistP256, D = scalar.ToArray() };

    public static byte[] PointOf(ECParameters parameters) => [4, .. parameters.Q.X!, .. parameters.Q.Y!];

    /// <summary>65 bytes, uncompressed, on the curve.</summary>
    public static bool IsPoint(ReadOnlySpan<byte> point)
    {
        if (point.Length != 65 || point[0] != 4)
            return false;
        try
        {
            using var key = ECDiffieHellman.Create(PublicParameters(point));
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
