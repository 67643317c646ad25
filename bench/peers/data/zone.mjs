// Times of the agreement's zone.
const formats = new Map();

// wall returns the local time of an instant, as if it were UTC. Both are in ms.
function wall(zone, ms) {
  let f = formats.get(zone);
  if (!f) {
    f = new Intl.DateTimeFormat('en', { timeZone: zone, calendar: 'iso8601', hourCycle: 'h23', year: 'numeric', month: 'numeric',
      day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    formats.set(zone, f);
  }
  const of = {};
  for (const { type, value } of f.formatToParts(ms)) of[type] = Number(value);
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute, of.second);
}

// dayOf returns the day of an instant (in microseconds), as 20260131.
export const dayOf = (zone, micros) => new Date(wall(zone, Math.floor(micros / 1000))).toISOString().slice(0, 10).replaceAll('-', '');

// endOf returns the same time of the same day some months later, or of the last
// day of a shorter month, in microseconds.
export function endOf(zone, micros, months) {
  const seconds = Math.floor(micros / 1_000_000) * 1000;
  const from = new Date(wall(zone, seconds));
  const [y, m, d] = [from.getUTCFullYear(), from.getUTCMonth() + months, from.getUTCDate()];
  const last = new Date(Date.UTC(y, m + 1, 0)).getUTCDate();
  const local = Date.UTC(y, m, Math.min(d, last), from.getUTCHours(), from.getUTCMinutes(), from.getUTCSeconds());
  let at = local - (wall(zone, local) - local);
  at = local - (wall(zone, at) - at); // the offset of that time, if the zone changes it
  return at * 1000 + micros % 1_000_000;
}
