// What both samples do on joining: make or find this browser's device key, and let the platform's server register it.
import { describeDevice, ensureDeviceKey } from 'moderation-sdk/host';

/** @returns {Promise<any>} options for `openMeeting` and `report`, and the other participant's pseudonym as `subject` */
export async function join() {
  const deviceSigner = await ensureDeviceKey(`sample-${crypto.randomUUID()}`); // a new person each time; a real page uses its account's name
  const answer = await fetch('/sample/join', { method: 'POST', body: JSON.stringify(describeDevice(deviceSigner)) });
  const { token, ...meeting } = await answer.json();
  return { ...meeting, deviceSigner, endpoint: location.origin, getToken: () => token };
}
