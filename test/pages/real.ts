import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const REAL = fileURLToPath(new URL('../../../../shared/data/service-requests-en.csv.gz', import.meta.url));

/** The real export where it lies beside the checkout; else a small one of the same form. */
export function requests(year: number): { bytes: Buffer; real: boolean } {
  if (existsSync(REAL)) return { bytes: readFileSync(REAL), real: true };
  const head =
    'SRRecordID,ServiceRequestNum,SRType,MethodReceived,CreatedDate,SRStatus,StatusDate,DueDate,CloseDate,Agency,LastActivity,LastActivityDate,Outcome,Address,ZipCode,Neighborhood,CouncilDistrict,PoliceDistrict,PolicePost,Latitude,Longitude,GeoLocation,2010 Census Wards Precincts,2010 Census Neighborhoods,Zip Codes,DaysOpen';
  const rows = Array.from({ length: 60 }, (_, i) => {
    const day = `0${1 + (i % 9)}/1${i % 10}/${year + (i % 3)}`;
    const type = i % 6 === 0 ? 'SW-Municipal Trash Can Concern' : 'SW-Mixed Refuse';
    const no = `${year - 2000 + (i % 3)}-${String(i + 1).padStart(8, '0')}`;
    const closed = i % 20 === 7 ? ['Open', ''] : ['Closed', `${day} 04:30:00 PM`];
    return `${no},${no},${type},Phone,${day} 09:15:00 AM,${closed[0]},${day} 04:30:00 PM,,${closed[1]},Solid Waste,,,,${i} LIGHT ST,21201,Downtown,11,Central,114,39,-77,"(39.0, -77.0)",,,,0`;
  });
  return { bytes: Buffer.from([head, ...rows, ''].join('\n')), real: false };
}
